"""What a link tries on a transformer that lacks the heads for it."""

import pytest

from playground.spec import AttentionSpec


@pytest.mark.parametrize(
    ("name", "text"), [("heads_off", "1.1,2.4"), ("heads_off", "3.1"), ("head", "2.4"), ("mask_flips", "2.4.3.1")]
)
def test_heads_that_the_model_lacks_are_named_and_the_rest_of_the_link_is_used(name, text):
    spec, problems = AttentionSpec.from_query({name: text, "task": "copy", "own_input": "ABCABC"})
    rule = "must name heads of the model, which has 2 layers of 2 heads"
    assert [str(problem) for problem in problems] == [f"{name} = {text}: {name} {rule}"]
    assert spec == AttentionSpec().change(task="copy", own_input="ABCABC")
    larger, none = AttentionSpec.from_query({name: text, "layers": "3", "heads": "4"})
    assert none == [] and getattr(larger.settings, name)


def test_what_was_tried_on_heads_goes_with_them():
    tried = AttentionSpec().change(heads=4, heads_off=("1.4",), head="2.3", own_input="ABCABC")
    smaller = tried.change(heads=2)
    assert (smaller.structure.heads, smaller.settings.heads_off, smaller.settings.head) == (2, (), "")
    assert smaller.settings.own_input == "ABCABC"
    assert AttentionSpec.from_query(smaller.to_query()) == (smaller, [])
