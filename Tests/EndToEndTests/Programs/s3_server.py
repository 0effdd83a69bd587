"""An S3 server (moto) that checks the signature of every request, for scripts/test-stores.

usage: s3_server.py FILE      writes `export NAME=value` lines for the shell to FILE when it is ready, then serves.
"""

import json
import os
import signal
import sys
import threading

# So many requests are taken without a signature: those that set it up.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

BUCKET = "trials"


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    options = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    users = boto3.client("iam", **options)
    users.create_user(UserName="agent")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    users.put_user_policy(UserName="agent", PolicyName="all", PolicyDocument=json.dumps(policy))
    key = users.create_access_key(UserName="agent")["AccessKey"]
    boto3.client("s3", **options).create_bucket(Bucket=BUCKET)
    lines = {
        "AWS_ENDPOINT_URL_S3": url, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"], "S3_PLACE": f"s3://{BUCKET}/sweeps/one",
    }
    working = sys.argv[1] + ".part"
    with open(working, "w", encoding="utf-8") as file:
        file.writelines(f"export {name}='{value}'\n" for name, value in lines.items())
    os.replace(working, sys.argv[1])
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait()
    server.stop()


if __name__ == "__main__":
    main()
