"""How schemathesis sends the bodies that are neither JSON nor text."""

import schemathesis


@schemathesis.serializer("application/x-tar")
def archive(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
