"""The files' bucket: django-storages, and what it has no method for."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any, cast

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError, NoCredentialsError, ResponseStreamingError
from django.core.files.storage import storages
from django.utils.http import content_disposition_header
from storages.backends.s3 import S3Storage

from todoproject.aws.capacity import note_retry, note_s3_call
from todoproject.aws.clients import client_config

UPLOAD_POLICY_SECONDS = 5 * 60
# What S3 deletes in one call.
_MOST_DELETED = 1000
_lookup = threading.Lock()
# One part in memory at a time.
IN_PARTS = TransferConfig(multipart_threshold=8 * 1024**2, multipart_chunksize=8 * 1024**2, use_threads=False)


@dataclass(frozen=True)
class UploadPolicy:
    """A form to post a file with, straight to S3. `fields` come first, the field `file` last."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class StoredObject:
    size: int
    content_type: str


@dataclass(frozen=True)
class ListedObject:
    key: str
    size: int
    last_modified: datetime


class FilesStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Uploads and downloads go straight between the browser and S3; here they are only signed and checked."""

    def __init__(self, **options: Any) -> None:
        options["client_config"] = client_config(
            signature_version=options["signature_version"],
            s3={"addressing_style": options["addressing_style"]},
        )
        super().__init__(**options)
        self._lock = threading.Lock()
        self._shared_connection: Any = None

    @property
    def connection(self) -> Any:
        """One for the process. django-storages' own builds one a thread; we only use its client, which is safe."""
        if self._shared_connection is None:
            with self._lock:
                if self._shared_connection is None:
                    session = self._create_session()
                    if session.get_credentials() is None:
                        raise NoCredentialsError
                    connection = session.resource(
                        "s3",
                        region_name=self.region_name,
                        endpoint_url=self.endpoint_url,
                        config=self.client_config,
                    )
                    events = connection.meta.client.meta.events
                    events.register("before-call", note_s3_call)
                    events.register("needs-retry", note_retry)
                    events.register("before-parse.s3", _require_own_answer)
                    self._shared_connection = connection
        return self._shared_connection

    @property
    def client(self) -> Any:
        return self.connection.meta.client

    def upload_policy(self, key: str, *, file_name: str, content_type: str, size: int) -> UploadPolicy:
        """An S3 POST policy for this key, type, size in bytes, and for a download under this name; for 5 minutes."""
        fixed = {
            "Content-Type": content_type,
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=file_name),
        }
        expires_at = datetime.now(UTC) + timedelta(seconds=UPLOAD_POLICY_SECONDS)
        post = self.client.generate_presigned_post(
            Bucket=self.bucket_name,
            Key=key,
            Fields=fixed,
            Conditions=[*({name: value} for name, value in fixed.items()), ["content-length-range", size, size]],
            ExpiresIn=UPLOAD_POLICY_SECONDS,
        )
        return UploadPolicy(url=post["url"], fields=post["fields"], expires_at=expires_at)

    def stored_object(self, key: str) -> StoredObject | None:
        """What has been uploaded under this key, if anything.

        S3 answers 403 for what is not there to who may not list the bucket: both mean the same here.
        """
        try:
            head = self.client.head_object(Bucket=self.bucket_name, Key=key)
        except ClientError as exc:
            if exc.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
                return None
            raise
        return StoredObject(size=head["ContentLength"], content_type=head["ContentType"])

    def list_objects(self, prefix: str) -> Iterator[ListedObject]:
        """In the order of the keys, as bytes in UTF-8. Never hides that the bucket may not be listed."""
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name, Prefix=prefix):
            for each in page.get("Contents", []):
                yield ListedObject(each["Key"], each["Size"], each["LastModified"])

    def list_folders(self, *, after: str = "") -> Iterator[str]:
        """The parts of the keys before their first slash, each once and in order; without what lies at the top."""
        start = {"StartAfter": f"{after}/\U0010ffff"} if after else {}
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket_name, Delimiter="/", **start):
            for each in page.get("CommonPrefixes", []):
                yield each["Prefix"].rstrip("/")

    def delete_versions(self, prefix: str) -> int:
        """Every version under the prefix and every mark of a deletion, so that nothing can be brought back.

        Returns how many. Needs s3:ListBucketVersions and s3:DeleteObjectVersion; raises PermissionError where S3
        refuses one of them.
        """
        count = 0
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket_name, Prefix=prefix):
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            self._delete([{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions])
            count += len(versions)
        return count

    def delete_objects(self, keys: Sequence[str]) -> None:
        """Where the bucket keeps versions they stay as such, until its lifecycle rule ends them."""
        for start in range(0, len(keys), _MOST_DELETED):
            self._delete([{"Key": key} for key in keys[start : start + _MOST_DELETED]])

    def _delete(self, objects: list[dict[str, str]]) -> None:
        if not objects:
            return
        answer = self.client.delete_objects(Bucket=self.bucket_name, Delete={"Objects": objects, "Quiet": True})
        for error in answer.get("Errors", []):
            raise PermissionError(f"S3 did not delete {error['Key']}: {error['Code']} {error.get('Message', '')}")

    def read_object(self, key: str) -> Iterator[bytes]:
        """In pieces. Raises FileNotFoundError."""
        try:
            body = self.client.get_object(Bucket=self.bucket_name, Key=key)["Body"]
        except self.client.exceptions.NoSuchKey as exc:
            raise FileNotFoundError(f"There is no object {key}.") from exc
        yield from body.iter_chunks(1024**2)

    def write_object(self, key: str, content: IO[bytes], *, file_name: str, content_type: str) -> None:
        """As an upload by `upload_policy` would."""
        self.client.upload_fileobj(
            content, self.bucket_name, key, ExtraArgs=_headers(file_name, content_type), Config=IN_PARTS
        )

    def retype_object(self, key: str, *, file_name: str, content_type: str) -> None:
        """Give the object the type and the name that it was announced with."""
        source = {"Bucket": self.bucket_name, "Key": key}
        self.client.copy_object(
            Bucket=self.bucket_name,
            Key=key,
            CopySource=source,
            MetadataDirective="REPLACE",
            **_headers(file_name, content_type),
        )


def _require_own_answer(response_dict: dict[str, Any], operation_model: Any, **rest: Any) -> None:
    """Refuse a success that is not S3's own, or lacks part of its head: an object would seem to be of another size, or
    deleted when it is not."""
    headers = response_dict["headers"]
    # S3 writes the one, stand-ins the other.
    is_own = "x-amz-request-id" in headers or "x-amzn-requestid" in headers
    is_whole = operation_model.name != "HeadObject" or ("content-length" in headers and "content-type" in headers)
    if response_dict["status_code"] < 300 and not (is_own and is_whole):
        raise ResponseStreamingError(error="S3's answer is not its own, or not whole")


def _headers(file_name: str, content_type: str) -> dict[str, str]:
    return {
        "ContentType": content_type,
        "ContentDisposition": str(content_disposition_header(as_attachment=True, filename=file_name)),
    }


def files_storage() -> FilesStorage:
    """One for the process, and so one client: Django, asked by several threads at first, would make one for each."""
    with _lookup:
        return cast(FilesStorage, storages["default"])
