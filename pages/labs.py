from explorer.ui import labs_page, shell

shell.page()
labs_page.show()
