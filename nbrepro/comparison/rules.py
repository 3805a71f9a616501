"""Named rules of the comparisons of HTML, tables, scripts, JSON and pictures; each can be switched off like any normalization."""

from __future__ import annotations

ARRAY_ENCODING = "array-encoding"
CHART_TEMPLATE = "chart-template"
ELEMENT_IDS = "element-ids"
HTML_COMMENTS = "html-comments"
HTML_MARKUP = "html-markup"
HTML_STYLING = "html-styling"
JSON_LAYOUT = "json-layout"
KEY_ORDER = "key-order"
LIBRARY_ADDRESSES = "library-addresses"
LIBRARY_CODE = "library-code"
LIBRARY_VERSIONS = "library-versions"
MISSING_VALUE_MARK = "missing-value-mark"
TABLE_STYLING = "table-styling"
WIDGET_DEFAULTS = "widget-defaults"
WIDGET_IDS = "widget-ids"
WIDGET_LAYOUT = "widget-layout"

RULES: dict[str, str] = {
    ARRAY_ENCODING: "An array of numbers in JSON may be a list or encoded bytes, as in the figures of plotly and Bokeh.",
    CHART_TEMPLATE: "The template of a plotly figure may hold more or fewer defaults; those on both sides must be equal.",
    ELEMENT_IDS: "Generated ids in HTML, scripts and JSON may differ, as long as each stands for the same thing wherever it is used.",
    HTML_COMMENTS: "Comments in HTML don't count.",
    HTML_MARKUP: "HTML may be written differently: white space, quoting, order of attributes, elements that only arrange their content.",
    HTML_STYLING: "Classes, style sheets and layout outside of tables don't count; colours set on an element itself do.",
    JSON_LAYOUT: "The text of JSON may be laid out and escaped differently.",
    KEY_ORDER: "The keys of a JSON object may stand in any order.",
    LIBRARY_ADDRESSES: "Addresses from which HTML loads scripts and style sheets may differ.",
    LIBRARY_CODE: "Code of a charting library around the data of a chart may differ; the data count.",
    LIBRARY_VERSIONS: "Versions of libraries and schemas at the top of a JSON document may differ.",
    MISSING_VALUE_MARK: "A missing value may be marked NaN, nan, None, NaT, <NA> or null; never does a mark equal a value.",
    TABLE_STYLING: "Classes, borders and style sheets of tables don't count.",
    WIDGET_DEFAULTS: "A property of a widget that only one side states is taken for its default, unless it is a value or a part of it.",
    WIDGET_IDS: "The random id of a widget may differ; what the widget shows counts.",
    WIDGET_LAYOUT: "The sizes, spaces and colours of widgets don't count.",
    "picture-background": "A picture with a transparent background equals one with a white background that looks the same on a white page.",
    "picture-encoding": "Equal pixels may be stored with another compression or other metadata.",
    "svg-encoding": "The order of attributes and the space between the elements of an SVG drawing don't count.",
    "svg-ids": "Ids in an SVG drawing may differ, as long as each stands for the same thing wherever it is used.",
    "svg-metadata": "Comments and metadata of an SVG drawing, which nobody sees, don't count.",
}
"""Name of every rule, with a sentence that describes it."""
