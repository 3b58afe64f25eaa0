from explorer.ui import runs_page, shell

shell.page()
runs_page.show()
