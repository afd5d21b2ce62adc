SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
# What the checks that only read the settings need; nothing is called.
CHECK_ENV := SERVICE_ROLE=all AWS_REGION=eu-west-1 TODOS_TABLE=todos FILES_TABLE=files FILES_BUCKET=files \
	COGNITO_USER_POOL_ID=eu-west-1_check COGNITO_CLIENT_IDS=check \
	STAFF_TABLE=staff AUDIT_TABLE=audit STAFF_USER_POOL_ID=eu-west-1_staff STAFF_CLIENT_ID=staff \
	DJANGO_SECRET_KEY=only-for-checks-$(shell printf 'abcdefghijklmnopqrstuvwxyz%.0s' 1 2)

.PHONY: help run manage test ready test-long lint lint-python lint-website check token totp image-test lock \
	setup python packages website clean image deploy release status smoke teardown bench audit sbom soak figures

help: ## Show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: setup frontend/dist/index.html ## Start everything on this machine; Ctrl-C stops it
	@exec $(BIN)/python -m deploy.local.run --env .local/env

token: ## Print an ID token of a demo user of `make run`: make token USER=alice@example.com
	@$(BIN)/python -m deploy.local.token $(USER)

manage: setup ## A management command against a running `make run`: make manage COMMAND="check_data --json"
	@test -f .local/env || { echo "Start \`make run\` in another terminal first." >&2; exit 1; }
	@set -a; . .local/env; set +a; exec $(BIN)/python manage.py $(COMMAND)

totp: ## Print the code of the authenticator app of a member of staff of `make run`: make totp USER=support@example.com
	@$(BIN)/python -m deploy.local.totp $(USER)

test: packages ## Every check and every test
	@$(MAKE) --no-print-directory -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) ready
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)
	cd frontend && npm test && npm run size && npm run e2e

# What is installed, built and checked before any test: most of it waits, or has use for one core only.
ready: .venv/checkov/installed lint check frontend/dist/index.html tests/cloud/node_modules/installed

lint: lint-python lint-website

lint-python: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

lint-website: frontend/node_modules/installed
	cd frontend && npm run lint

check: setup
	$(CHECK_ENV) $(BIN)/python -W error manage.py check --deploy --fail-level WARNING

website: .venv/installed frontend/dist/index.html ## Build the website; with STAGE=… put it there (DRY_RUN=1 only says what it would)
	@$(if $(STAGE),$(RELEASE).website $(ON_STAGE) $(DRY))

frontend/dist/index.html: frontend/node_modules/installed $(shell git ls-files --cached --others --exclude-standard frontend)
	cd frontend && npm run build
	@touch $@

# What people and pipelines call alike. A stage is a file in cloudformation/parameters/.
RELEASE := $(BIN)/python -m deploy.release
ON_STAGE = --stage $(or $(STAGE),$(error Name the stage: STAGE=…, one of $(basename $(notdir $(wildcard cloudformation/parameters/*.json)))))
DRY = $(if $(DRY_RUN),--dry-run)
AGREED = $(DRY) $(if $(YES),--yes)

image: .venv/installed ## Build and push the image of this commit, unless it is there: make image STAGE=…
	@$(RELEASE).image $(ON_STAGE)

deploy: .venv/installed ## Bring a stage's stacks up to date: make deploy STAGE=… [STACK=…] [FROM=…] [DRY_RUN=1] [YES=1]
	@$(RELEASE).deploy $(ON_STAGE) $(addprefix --stack ,$(STACK)) $(addprefix --from ,$(FROM)) $(addprefix --tag ,$(TAG)) $(AGREED)

release: .venv/installed ## Run another image: make release STAGE=… ROLE=todos|files [TAG=…] [DRY_RUN=1] [YES=1]
	@$(RELEASE).service $(ROLE) $(ON_STAGE) $(addprefix --tag ,$(TAG)) $(AGREED)

status: .venv/installed ## How a stage is: make status STAGE=…
	@$(RELEASE).status $(ON_STAGE)

smoke: .venv/installed ## Do the main job against a stage that is deployed: make smoke STAGE=…
	@$(RELEASE).smoke $(ON_STAGE)

teardown: .venv/installed ## Delete a stage that holds no data: make teardown STAGE=… [DRY_RUN=1] [KEEP_DATA=1]
	@$(RELEASE).teardown $(ON_STAGE) $(DRY) $(if $(KEEP_DATA),--keep-data)

test-long: setup .venv/checkov/installed tests/cloud/node_modules/installed ## What takes too long for every change: kills at random moments, planted faults, very long lists, load, slow clients, full disks
	$(BIN)/python -m pytest -n 2 --dist worksteal tests/long $(PYTEST_ARGS)
	$(BIN)/python -m pytest tests/load $(PYTEST_ARGS)

soak: setup ## People use both roles for a long time, with faults: make soak [MINUTES=30]
	MINUTES=$(or $(MINUTES),30) nice $(BIN)/python -m pytest tests/load/soak.py $(PYTEST_ARGS)

figures: setup ## What faults were tried and what was lost, for the table in tests/README.md
	rm -f .local/figures && mkdir -p .local
	failed=0; FIGURES=.local/figures $(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS) \
		tests/faults/test_matrix.py tests/faults/test_matrix_of_commands.py tests/faults/test_matrix_of_keys.py \
		tests/model tests/test_schema_fuzz.py $(if $(LONG),tests/long/test_fault_matrix.py \
		tests/long/test_fault_matrix_of_commands.py tests/long/test_model.py) || failed=$$?; \
	$(BIN)/python -m tests.figures .local/figures; exit $$failed

image-test: setup ## Build the image and run the tour against two containers of it (Linux, root)
	$(BIN)/python -m tests.image

bench: setup .venv-bench/installed ## Measure the service beside Flask and FastAPI (Linux, 10 minutes): make bench ROUNDS=1 for a try
	$(BIN)/python -m tests.bench $(if $(ROUNDS),--rounds $(ROUNDS))

# An environment of its own: aiobotocore wants another botocore.
.venv-bench/installed: tests/bench/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

audit: setup .venv/audit/installed ## Known holes in what all this is built of; needs a network
	.venv/audit/bin/python -m deploy.audit

sbom: setup .venv/audit/installed ## The libraries in the image and the website, as CycloneDX, into sbom/
	@mkdir -p sbom
	.venv/audit/bin/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible --output-file sbom/image.cdx.json
	npm sbom --prefix frontend --package-lock-only --sbom-format cyclonedx --sbom-type application --omit dev > sbom/website.cdx.json

lock: setup ## Renew the lock files from pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade $(LOCK_OPTIONS) --output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade $(LOCK_OPTIONS) --extra local --extra dev --constraint requirements.txt \
		--output-file requirements-dev.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade $(LOCK_OPTIONS) --output-file tests/cloud/requirements-checkov.txt tests/cloud/requirements-checkov.in
	$(BIN)/pip-compile --quiet --upgrade $(LOCK_OPTIONS) --output-file tests/bench/requirements.txt tests/bench/requirements.in
	$(BIN)/pip-compile --quiet --upgrade $(LOCK_OPTIONS) --output-file deploy/audit/requirements.txt deploy/audit/requirements.in

LOCK_OPTIONS := --generate-hashes --strip-extras --allow-unsafe --no-annotate --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

# What the tests need and neither pip nor npm brings: program=Debian package.
PACKAGES := java=openjdk-17-jre-headless curl=curl jq=jq
# A browser is any of those that frontend/playwright.config.ts takes.
BROWSERS := $(CHROMIUM) /usr/bin/chromium /usr/bin/google-chrome

packages:
	@missing=(); for package in $(PACKAGES); do \
		command -v $${package%=*} >/dev/null || missing+=($${package#*=}); \
	done; \
	ls $(BROWSERS) 2>/dev/null | grep -q . || missing+=(chromium); \
	if (( $${#missing[@]} == 0 )); then exit 0; fi; \
	if [[ $$(id -u) == 0 ]] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $${missing[*]}; \
	else echo "Missing for the tests: $${missing[*]} (Debian's names; for chromium, Chrome at /usr/bin/google-chrome or CHROMIUM=<path> will do). Install them first." >&2; exit 1; fi

setup: .venv/installed deploy/local/node_modules/installed

python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed; install it, or name it: make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V); name another: make PYTHON=…" >&2; exit 1; }

.venv/installed: requirements-dev.txt | python
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# An environment of its own: checkov wants another boto3.
.venv/checkov/installed: tests/cloud/requirements-checkov.txt | python
	$(PYTHON) -m venv .venv/checkov
	.venv/checkov/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/audit/installed: deploy/audit/requirements.txt .venv/installed
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

%/node_modules/installed: %/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed; install it first." >&2; exit 1; }
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

clean: ## Remove what set-up and tests have made
	rm -rf .venv .venv-bench deploy/local/node_modules tests/cloud/node_modules frontend/node_modules frontend/dist frontend/test-results sbom .local .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
