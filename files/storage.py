"""The files' bucket: django-storages, and what it has no method for."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError
from django.conf import settings
from django.core.files.storage import storages
from django.utils.http import content_disposition_header
from storages.backends.s3 import S3Storage

UPLOAD_POLICY_SECONDS = 5 * 60


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


class FilesStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Uploads and downloads go straight between the browser and S3; here they are only signed and checked."""

    def __init__(self, **options: Any) -> None:
        options["client_config"] = Config(
            connect_timeout=settings.AWS_CONNECT_TIMEOUT,
            read_timeout=settings.AWS_READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": settings.AWS_ATTEMPTS},
            max_pool_connections=settings.THREADS,
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
                    self._shared_connection = session.resource(
                        "s3",
                        region_name=self.region_name,
                        endpoint_url=self.endpoint_url,
                        config=self.client_config,
                    )
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


def files_storage() -> FilesStorage:
    return cast(FilesStorage, storages["default"])
