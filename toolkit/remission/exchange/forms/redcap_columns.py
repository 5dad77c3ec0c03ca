"""The columns of a REDCap data dictionary under both of their names, and the kinds of fields."""

COLUMNS = {
    "field_name": "Variable / Field Name",
    "form_name": "Form Name",
    "section_header": "Section Header",
    "field_type": "Field Type",
    "field_label": "Field Label",
    "select_choices_or_calculations": "Choices, Calculations, OR Slider Labels",
    "field_note": "Field Note",
    "text_validation_type_or_show_slider_number": "Text Validation Type OR Show Slider Number",
    "text_validation_min": "Text Validation Min",
    "text_validation_max": "Text Validation Max",
    "identifier": "Identifier?",
    "branching_logic": "Branching Logic (Show field only if...)",
    "required_field": "Required Field?",
    "custom_alignment": "Custom Alignment",
    "question_number": "Question Number (surveys only)",
    "matrix_group_name": "Matrix Group Name",
    "matrix_ranking": "Matrix Ranking?",
    "field_annotation": "Field Annotation",
}
ALIASES = {title.lower(): name for name, title in COLUMNS.items()} | {name: name for name in COLUMNS}
NEEDED = ("field_name", "form_name", "field_type", "field_label", "select_choices_or_calculations", "branching_logic")
SHOWN_ONLY = (
    "section_header",
    "field_note",
    "identifier",
    "custom_alignment",
    "question_number",
    "matrix_group_name",
    "matrix_ranking",
)
LIST_TAG = "choices="
ADVISED_LENGTH = 26
ASKED = {"radio", "dropdown", "yesno", "truefalse", "slider", "text"}
LEFT_OUT = {
    "notes": "free text has no place in an instrument",
    "checkbox": "several answers at once have no place in an instrument",
    "calc": "a calculated field is no question",
    "file": "an uploaded file has no place in an instrument",
    "sql": "a field filled from the REDCap server is no question",
    "signature": "a signature has no place in an instrument",
}
NUMBERS = {
    "integer": "count",
    "number": "number",
    "number_1dp": "number",
    "number_2dp": "number",
    "number_3dp": "number",
    "number_4dp": "number",
    "number_comma_decimal": "number",
    "number_1dp_comma_decimal": "number",
    "number_2dp_comma_decimal": "number",
}
BUILT_IN = {"yesno": ((1.0, "Yes"), (0.0, "No")), "truefalse": ((1.0, "True"), (0.0, "False"))}


def form_title(name: str) -> str:
    """Make a title of a form's name, as REDCap does."""
    return name.replace("_", " ").strip().capitalize()
