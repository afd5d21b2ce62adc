"""S3 in front of moto's: signatures, upload policies and CORS rules are enforced as S3 enforces them."""
