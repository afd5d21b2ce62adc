from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig


class SupportAdminConfig(AdminConfig):
    default_site = "todoproject.support.site.SupportSite"

    def ready(self) -> None:
        super().ready()
        from django.contrib.admin import site
        from django.contrib.auth.models import Group

        site.unregister(Group)  # A group here is one of Cognito's.
        _number_models()


class SupportConfig(AppConfig):
    name = "todoproject.support"
    label = "support"
    verbose_name = "Support"


def _number_models() -> None:
    """Every page of the admin asks for its model's number in a table that is not there; here they are.

    `_add_to_cache` is private to Django, and the only hook of that kind in this project.
    """
    from django.contrib.contenttypes.models import ContentType

    for number, model in enumerate(apps.get_models(), start=1):
        options = model._meta
        content_type = ContentType(id=number, app_label=options.app_label, model=options.model_name)
        ContentType.objects._add_to_cache("default", content_type)  # type: ignore[attr-defined]
