from explorer.ui import run_page, shell

shell.page()
run_page.show()
