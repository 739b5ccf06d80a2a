"""The HTTP interface: what is asked, who may ask it, and how it is answered; without any server."""
