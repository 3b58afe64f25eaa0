from explorer.ui import robustness_page, shell

shell.page()
robustness_page.show()
