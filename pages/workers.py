from explorer.ui import shell, workers_page

shell.page()
workers_page.show()
