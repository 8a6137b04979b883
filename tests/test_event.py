"""The one schema: what the kinds have together, and what every record has, is the schema and nothing else."""

from mailtop.event import JOIN_FIELDS, KINDS, LOOKED_UP_FIELDS, RECORD_FIELDS, SCHEMA


def test_the_kinds_and_the_record_have_the_schemas_fields_and_no_others() -> None:
    of_kinds = {name for kind in KINDS for name in kind._fields}
    names = [field.name for field in SCHEMA]
    assert len(set(names)) == len(names)
    assert of_kinds | {*RECORD_FIELDS, *LOOKED_UP_FIELDS} == {*names, *JOIN_FIELDS}
    assert not of_kinds & {*RECORD_FIELDS, *LOOKED_UP_FIELDS}
