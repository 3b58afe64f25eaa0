from explorer.ui import guide_page, shell

shell.page()
guide_page.show()
