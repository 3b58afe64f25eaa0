from explorer.ui import help_page, shell

shell.page()
help_page.show()
