from explorer.ui import shell, train_page

shell.page()
train_page.show()
