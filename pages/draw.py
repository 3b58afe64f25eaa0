from explorer.ui import draw_page, shell

shell.page()
draw_page.show()
