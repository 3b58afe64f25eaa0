from explorer.ui import backprop_page, shell

shell.page()
backprop_page.show()
