"""What was found, for people and for machines: in a terminal, a notebook, HTML, Markdown, JUnit and JSON.

Whatever a notebook put out is foreign: no report shows it live.
"""
