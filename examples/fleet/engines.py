"""Engines that read the exported files: each answers the SQL of sql/ with rows."""

import json
import pathlib

SQL = pathlib.Path(__file__).parent / "sql"
TABLES = ("events", "fates", "states")
QUERIES = (
    "rows", "flows", "delays", "fates",
    "totals", "days", "domains", "senders", "users", "reasons", "rejects", "warnings", "logins",
)


def sql(name):
    return (SQL / f"{name}.sql").read_text()


class DuckDB:
    def __init__(self, out):
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'")
        for table in TABLES:
            files = f"{out}/{table}/*/*/*.parquet"
            self.connection.execute(
                f"create view {table} as select * from read_parquet('{files}', hive_partitioning = true,"
                " hive_types = {'host': varchar, 'date': date})"
            )
        self.connection.execute(sql("mail"))

    def rows(self, query):
        return self.connection.execute(query).fetchall()

    def files(self, out):
        """How many rows of which file were read."""
        query = f"select filename, count(*) from read_parquet('{out}/*/*/*/*.parquet', union_by_name = true, filename = true) group by all"
        return dict(self.rows(query))


class ClickHouse:
    def __init__(self, out):
        from chdb import session

        self.session = session.Session()
        self.session.query("create database fleet")
        self.session.query("use fleet")
        for setting in ("session_timezone = 'UTC'", "use_hive_partitioning = 1", "join_use_nulls = 1", "allow_experimental_join_condition = 1"):
            self.session.query(f"set {setting}")
        for table in TABLES:
            self.session.query(f"create view {table} as select * from file('{out}/{table}/*/*/*.parquet', Parquet)")
        self.session.query(sql("mail"))

    def rows(self, query):
        text = str(self.session.query(query, "JSONCompact"))
        return [tuple(row) for row in json.loads(text)["data"]] if text else []

    def files(self, out):
        found = {}
        for table in ("events", "fates", "states"):
            found.update(self.rows(f"select _path, count() from file('{out}/{table}/*/*/*.parquet', Parquet) group by _path"))
        return found


class DataFusion:
    """In this process, or, if given, in that of a Ballista of the same interface."""

    def __init__(self, out, context=None):
        if context is None:
            from datafusion import SessionContext

            context = SessionContext()
        self.context = context
        for table in TABLES:
            context.sql(f"create external table {table} stored as parquet partitioned by (host, date) location '{out}/{table}/'")
        context.sql(sql("mail"))

    def rows(self, query):
        return [tuple(cell.as_py() for cell in row) for batch in self.context.sql(query).collect() for row in zip(*batch.columns)]


def plain(value):
    """Numbers of every engine alike."""
    if isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if value is None or isinstance(value, (str, bool)):
        return value
    return int(value) if float(value).is_integer() else float(value)


def answer(engine, name):
    return sorted((tuple(plain(value) for value in row) for row in engine.rows(sql(name))), key=repr)
