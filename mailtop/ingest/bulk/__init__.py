"""bulk: many lines read at once, by arithmetic on the octets of a block instead of line by line.

    block of lines -> marks (block.py) -> header: time, whose (head.py) -> usual lines by template (template.py)
                                       `-> every other line: given back, to be read one by one

A storm is the same few lines a million times. Where a line's fields begin and end is found for all lines of a kind
together, on arrays; a string is cut out of the block once for each row and numbered once a batch. What a template
does not know is never guessed at: such a line goes to the daemon's own parser.

The second place where numpy lives, besides the store; only a process that has a large block to read imports it.
"""
