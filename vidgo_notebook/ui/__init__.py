"""Where the person is: magics, displays and widgets. The only room that knows IPython."""
