"""What is made ready before the first visitor comes."""

from tests.web.conftest import Office
from web.warm import warm_up


def test_after_it_no_template_has_to_be_compiled(office: Office) -> None:
    templates = office.app.jinja_env.list_templates()
    assert "editor/announcement.html" in templates
    assert office.app.jinja_env.cache is not None
    office.app.jinja_env.cache.clear()
    warm_up(office.app)
    assert len(office.app.jinja_env.cache) == len(templates)
