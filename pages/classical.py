from explorer.ui import classical_page, shell

shell.page()
classical_page.show()
