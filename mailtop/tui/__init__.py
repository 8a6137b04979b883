"""The screen: a Textual face of the monitor.

    app         the App: themes, the pulse, what is shared by all screens
    desk        what all screens share: the monitor, the window, the pause
    frame       a screen of panes: drawing, focus, zoom
    paned       what the keys do on it: time, order, filter, export, help
    overview    the first screen
    drilldown   one value of one field: a client, a network, a reason, a list
    rawlines    the lines of a slice, as they stand in the log
    rawpage     which of them are held; rawlist draws them, marking says what is marked
    linespane   the pane of single events
    clipboard   text on its way to the clipboard of the terminal
    panes       a view as a live table; posts what was chosen
    livetable   the one live widget: draws only the cells that changed
    status      the lines above and below the panes
    filterbar   the typed filter, and its grammar
    messages    what it says
    help        the keys and the figures, from BINDINGS and the columns
    terminal    what this terminal can show

A pane posts what was chosen (a field and its value) and the screen decides what follows. No pane knows another; none
knows the App. Textual and Rich are imported in this package only.
"""
