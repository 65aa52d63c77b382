from hypothesis import settings

settings.register_profile("quiet", deadline=None)  # the machine's load is not the code's fault
settings.load_profile("quiet")
