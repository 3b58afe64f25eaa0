from explorer.ui import data_page, shell

shell.page()
data_page.show()
