from streamlit.testing.v1 import AppTest


def _page() -> None:
    """A page whose form says 0.05; run by AppTest in a namespace of its own."""
    from explorer.ui import address, state  # noqa: PLC0415
    from explorer.ui.pace import live_fragment  # noqa: PLC0415

    def body() -> None:
        import streamlit as st  # noqa: PLC0415

        st.rerun()

    if state.take("a part asks"):
        live_fragment(body, 1.0)
    fields = address.fields_in_address()
    state.keep("is taken", address.is_from_outside("seen", fields, lambda: False))


def test_a_page_that_a_part_of_it_has_drawn_anew_does_not_take_the_old_address_it_is_given():
    page = AppTest.from_function(_page)
    page.session_state["seen"] = {"rate": "0.05"}
    page.session_state["a part asks"] = True
    page.query_params["rate"] = "0.02"  # as the browser sends it that has not yet heard of 0.05
    page.run()
    assert page.session_state["is taken"] is False
    page.run()  # the same address with nobody asking: the browser's button Back
    assert page.session_state["is taken"] is True
