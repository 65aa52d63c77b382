"""The one reader of pictures: of data sets, of exports that are trained on, of uploads. None of them is trusted.

`read.read_picture` and `read.opened` work in this process, with everything bounded before a decoder sees it;
`apart.normalised` gives the work to a process of its own that can be killed, which is for what strangers send.
"""
