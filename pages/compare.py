from explorer.ui import compare_page, shell

shell.page()
compare_page.show()
