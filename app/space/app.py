"""A Hugging Face Space of the app: put the Space's own name in place of OWNER-NAME."""

from redstar_geo.app.demo import main

if __name__ == "__main__":
    main(
        host="0.0.0.0",
        allowed_hosts=["OWNER-NAME.hf.space"],
        behind_proxy="10.0.0.0/8",
        framed_by=["https://huggingface.co"],
    )
