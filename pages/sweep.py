from explorer.ui import shell, sweep_page

shell.page()
sweep_page.show()
