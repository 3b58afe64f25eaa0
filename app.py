"""The dashboard's entrance: ``streamlit run app.py``."""

from explorer.ui import shell

shell.run()
