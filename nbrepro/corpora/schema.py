"""The schema of a store, as steps from each version to the next; `PRAGMA user_version` says how many were taken."""

from __future__ import annotations

from typing import Final

_FIRST: Final = """
CREATE TABLE contents (                     -- sources, payloads of outputs, locks: each once
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,            -- of the form (text, base64, json) and the bytes
    form TEXT NOT NULL,                     -- text: UTF-8; base64: bytes that stand in base64 in notebooks; json: a JSON value
    codec TEXT NOT NULL,                    -- plain or zlib
    size INTEGER NOT NULL,                  -- bytes before compression
    data BLOB NOT NULL
);
CREATE TABLE repositories (                 -- a source and what became of it
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL UNIQUE,            -- kind, address, commit and date that were asked for, as JSON
    name TEXT NOT NULL,
    kind TEXT NOT NULL,                     -- notebook, folder, git, zip
    address TEXT NOT NULL,
    commit_id TEXT,
    commit_date TEXT,
    content TEXT,                           -- hash of all that a run could read
    folder TEXT,                            -- where it stands on the machine that has read it
    submodules TEXT NOT NULL DEFAULT '[]',
    lfs_pointers TEXT NOT NULL DEFAULT '[]',
    missing TEXT NOT NULL DEFAULT '[]',     -- files whose content the repository no longer has
    problem TEXT,                           -- why it can't be had
    problem_slug TEXT
);
CREATE TABLE notebooks (
    id INTEGER PRIMARY KEY,
    repository_id INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    duplicate_of INTEGER REFERENCES notebooks,  -- an earlier one with the same bytes
    problem TEXT,
    problem_slug TEXT,
    nbformat INTEGER,
    nbformat_minor INTEGER,
    kernel TEXT,
    language TEXT,
    language_version TEXT,
    total_cells INTEGER,
    code_cells INTEGER,
    markdown_cells INTEGER,
    raw_cells INTEGER,
    unknown_cells INTEGER,
    empty_cells INTEGER,
    cells_with_output INTEGER,
    executed_cells INTEGER,
    max_execution_count INTEGER,
    counts_repeated INTEGER,
    counts_ascending INTEGER,
    counts_consecutive INTEGER,
    has_saved_error INTEGER,
    title TEXT,
    headings INTEGER,
    markdown_lines INTEGER,
    has_default_name INTEGER,
    source_sha256 TEXT,
    dated TEXT,
    date_source TEXT,
    declared TEXT,                          -- which kind of file declares its environment
    declarations TEXT,                      -- all such files, as a JSON list
    UNIQUE (repository_id, path)
);
CREATE INDEX notebooks_by_content ON notebooks (sha256);
CREATE TABLE cells (
    notebook_id INTEGER NOT NULL REFERENCES notebooks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    cell_type TEXT NOT NULL,
    execution_count INTEGER,
    lines INTEGER NOT NULL,
    source_id INTEGER NOT NULL REFERENCES contents,
    output_kinds TEXT NOT NULL,
    PRIMARY KEY (notebook_id, position)
) WITHOUT ROWID;
CREATE TABLE output_kinds (
    notebook_id INTEGER NOT NULL REFERENCES notebooks ON DELETE CASCADE,
    kind TEXT NOT NULL,                     -- stdout, stderr, error, or a MIME type
    number INTEGER NOT NULL,
    PRIMARY KEY (notebook_id, kind)
) WITHOUT ROWID;
CREATE TABLE features (
    notebook_id INTEGER NOT NULL REFERENCES notebooks ON DELETE CASCADE,
    feature TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (notebook_id, feature)
) WITHOUT ROWID;
CREATE TABLE imports (
    notebook_id INTEGER NOT NULL REFERENCES notebooks ON DELETE CASCADE,
    module TEXT NOT NULL,
    origin TEXT NOT NULL,                   -- standard-library, local, package, kernel, unknown
    package TEXT,
    is_optional INTEGER NOT NULL,
    PRIMARY KEY (notebook_id, module, origin)
) WITHOUT ROWID;
CREATE TABLE environments (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    python TEXT NOT NULL,
    platform TEXT NOT NULL,
    file_name TEXT NOT NULL,
    lock_id INTEGER REFERENCES contents,    -- NULL where the environment was there already
    packages TEXT NOT NULL,                 -- names and versions, as a JSON object
    cut TEXT
);
CREATE TABLE items (
    key TEXT PRIMARY KEY,
    notebook_id INTEGER NOT NULL REFERENCES notebooks,
    request TEXT NOT NULL,                  -- what the key was made of, as JSON
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done')),
    attempts INTEGER NOT NULL DEFAULT 0,
    run_id INTEGER REFERENCES runs,
    changed TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX items_by_state ON items (state);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    item_key TEXT NOT NULL REFERENCES items DEFERRABLE INITIALLY DEFERRED,
    notebook_id INTEGER NOT NULL REFERENCES notebooks,
    environment_id INTEGER REFERENCES environments,
    environment TEXT NOT NULL,              -- in words
    stage TEXT NOT NULL,                    -- how far it came: resolve, build, start, run, finished
    runner TEXT NOT NULL,
    language TEXT NOT NULL,
    isolation TEXT NOT NULL,                -- levels, separated by spaces
    seconds REAL,                           -- of the execution
    prepared_seconds REAL,                  -- resolving and building
    started TEXT NOT NULL,
    failure_kind TEXT,
    failure_message TEXT,
    failure_step INTEGER,
    failure_evidence TEXT NOT NULL DEFAULT '[]',
    error_name TEXT,                        -- class of the error that ended it
    is_infrastructure INTEGER NOT NULL,     -- whether the next round tries again
    deviations TEXT NOT NULL DEFAULT '[]',
    notes TEXT NOT NULL DEFAULT '[]',
    version TEXT NOT NULL                   -- of nbrepro
);
CREATE INDEX runs_by_item ON runs (item_key);
CREATE TABLE steps (                        -- of a run; those without a run are the saved ones
    id INTEGER PRIMARY KEY,
    notebook_id INTEGER NOT NULL REFERENCES notebooks ON DELETE CASCADE,
    run_id INTEGER REFERENCES runs ON DELETE CASCADE,
    position INTEGER NOT NULL,              -- of the cell in the notebook
    status TEXT NOT NULL,
    execution_count INTEGER,
    cell_id TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    seconds REAL,
    cut_bytes INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX steps_of_runs ON steps (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX steps_as_saved ON steps (notebook_id) WHERE run_id IS NULL;
CREATE TABLE outputs (                      -- a display has a row for each of its representations
    step_id INTEGER NOT NULL REFERENCES steps ON DELETE CASCADE,
    position INTEGER NOT NULL,              -- of the output in the step
    representation INTEGER NOT NULL,        -- of the MIME type in the display
    type TEXT NOT NULL,                     -- stream, display, result, error
    kind TEXT NOT NULL,                     -- stdout, stderr, error, a MIME type; empty for a display without any
    content_id INTEGER REFERENCES contents,
    about TEXT NOT NULL DEFAULT '{}',       -- metadata and count of a display
    PRIMARY KEY (step_id, position, representation)
) WITHOUT ROWID;
CREATE TABLE comparisons (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    settings_key TEXT NOT NULL,
    settings TEXT NOT NULL,
    verdict TEXT NOT NULL,
    runnable INTEGER NOT NULL,              -- cells that there are to run
    ran INTEGER NOT NULL,
    comparable INTEGER NOT NULL,            -- cells with something to be compared
    reproduced INTEGER NOT NULL,            -- cells that gave all of it again
    compared INTEGER NOT NULL,              -- outputs that were compared
    same INTEGER NOT NULL,
    first_difference TEXT,                  -- kind of the first output that isn't the same
    version TEXT NOT NULL,
    UNIQUE (run_id, settings_key)
);
CREATE TABLE step_comparisons (
    comparison_id INTEGER NOT NULL REFERENCES comparisons ON DELETE CASCADE,
    position INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    outputs TEXT NOT NULL,                  -- JSON: kind, verdict, whether it counts, reasons
    PRIMARY KEY (comparison_id, position)
) WITHOUT ROWID;
CREATE TABLE causes (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position INTEGER,
    slug TEXT NOT NULL,
    message TEXT NOT NULL,
    evidence TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE rounds (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    request TEXT NOT NULL,                  -- sources, environment, execution settings, selection, as JSON
    settings_key TEXT NOT NULL,             -- of the comparisons that count
    created TEXT NOT NULL,
    finished TEXT,
    version TEXT NOT NULL
);
CREATE TABLE round_repositories (
    round_id INTEGER NOT NULL REFERENCES rounds ON DELETE CASCADE,
    repository_id INTEGER NOT NULL REFERENCES repositories,
    PRIMARY KEY (round_id, repository_id)
) WITHOUT ROWID;
CREATE TABLE round_notebooks (
    round_id INTEGER NOT NULL REFERENCES rounds ON DELETE CASCADE,
    notebook_id INTEGER NOT NULL REFERENCES notebooks,
    item_key TEXT REFERENCES items,
    left_out TEXT,                          -- why it is not run: duplicate, limit, language, nothing-saved, no-code, unreadable
    PRIMARY KEY (round_id, notebook_id)
) WITHOUT ROWID;
CREATE INDEX round_notebooks_by_item ON round_notebooks (item_key);
CREATE VIEW executions AS                   -- runs in the terms of the studies of 2019 and 2024
SELECT
    runs.id AS id,
    round_notebooks.round_id AS round_id,
    notebooks.repository_id AS repository_id,
    notebooks.id AS notebook_id,
    -- mode bits: 1 nothing is declared, 2 declared dependencies, 4 the notebook has execution counts
    (CASE notebooks.declared WHEN 'nothing' THEN 1 ELSE 2 END) + (CASE WHEN notebooks.executed_cells > 0 THEN 4 ELSE 0 END) AS mode,
    COALESCE(runs.error_name, CASE WHEN runs.failure_kind <> 'step-error' THEN runs.failure_kind END) AS reason,
    runs.failure_message AS msg,
    (SELECT group_concat(position) FROM step_comparisons
        WHERE comparison_id = comparisons.id AND verdict IN ('different', 'missing', 'extra')) AS diff,
    runs.failure_step AS cell,
    comparisons.ran AS count,
    (SELECT count(*) FROM step_comparisons
        WHERE comparison_id = comparisons.id AND verdict IN ('different', 'missing', 'extra')) AS diff_count,
    comparisons.compared AS compared,       -- not in the studies: 0 means that nothing is known
    runs.seconds AS duration,
    -- processed bits: 1 installed, 2 loaded, 4 exception, 8 timeout, 16 same results, 32 executed
    (CASE WHEN runs.stage IN ('start', 'run', 'finished') THEN 1 ELSE 0 END)
        + 2
        + (CASE WHEN runs.failure_kind = 'step-error' THEN 4 ELSE 0 END)
        + (CASE WHEN runs.failure_kind IN ('step-timed-out', 'notebook-timed-out') THEN 8 ELSE 0 END)
        + (CASE WHEN comparisons.verdict IN ('reproduced', 'reproduced-within-tolerance') THEN 16 ELSE 0 END)
        + (CASE WHEN runs.stage IN ('run', 'finished') THEN 32 ELSE 0 END) AS processed
FROM round_notebooks
JOIN rounds ON rounds.id = round_notebooks.round_id
JOIN items ON items.key = round_notebooks.item_key
JOIN runs ON runs.id = items.run_id
JOIN notebooks ON notebooks.id = round_notebooks.notebook_id
LEFT JOIN comparisons ON comparisons.run_id = runs.id AND comparisons.settings_key = rounds.settings_key;
"""

_SECOND: Final = """
CREATE INDEX items_by_notebook ON items (notebook_id);
ALTER TABLE notebooks ADD COLUMN declared_packages TEXT;    -- their names, as a JSON list; NULL: written by an older nbrepro
ALTER TABLE notebooks ADD COLUMN style_checker TEXT;        -- what has looked at the code's style; NULL: nothing
ALTER TABLE notebooks ADD COLUMN style_density TEXT;        -- findings for the size of the code, in words
CREATE TABLE style (
    notebook_id INTEGER NOT NULL REFERENCES notebooks ON DELETE CASCADE,
    code TEXT NOT NULL,                     -- of pycodestyle, such as E501
    number INTEGER NOT NULL,
    PRIMARY KEY (notebook_id, code)
) WITHOUT ROWID;
ALTER TABLE runs ADD COLUMN unsteady TEXT;                  -- positions of cells that two runs disagree in, as JSON; NULL: it ran once
ALTER TABLE comparisons ADD COLUMN explained INTEGER NOT NULL DEFAULT 0;    -- whether causes were looked for
DROP TABLE causes;                          -- nothing has written to it
CREATE TABLE causes (                       -- why a run failed or differs, under the settings of a comparison
    id INTEGER PRIMARY KEY,
    comparison_id INTEGER NOT NULL REFERENCES comparisons ON DELETE CASCADE,
    position INTEGER,                       -- of the cell; NULL where it is in none
    slug TEXT NOT NULL,
    certainty TEXT NOT NULL,                -- stated, likely, possible
    detail TEXT NOT NULL,                   -- what such causes are counted by: a module, a host
    message TEXT NOT NULL,
    evidence TEXT NOT NULL DEFAULT '[]'     -- pairs of name and value, as JSON
);
CREATE INDEX causes_of_comparisons ON causes (comparison_id, slug);
"""

MIGRATIONS: Final = (_FIRST, _SECOND)
"""Each brings a store from the version that is its position to the next."""

VERSION: Final = len(MIGRATIONS)
