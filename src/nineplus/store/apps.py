from django.apps import AppConfig


class Store(AppConfig):
    name = "nineplus.store"
    label = "nineplus"
    default_auto_field = "django.db.models.BigAutoField"
