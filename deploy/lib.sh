# What deploy/run and deploy/test share. Sourced by them; "root" is the project's folder.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# dotnet keeps its files in HOME; users made for services often have none.
ensure_home() {
    if [ ! -d "${HOME:-}" ] || [ ! -w "${HOME:-}" ]; then
        export HOME="$root/artifacts/home"
        mkdir -p "$HOME" || die "neither HOME nor $root can be written by $(id -un)"
    fi
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_HOME="$HOME"
    # A build server that outlives the command would keep this terminal's files open.
    export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
}

ensure_dotnet() {
    ensure_home
    if ! command -v dotnet >/dev/null && [ -x "$HOME/.dotnet/dotnet" ]; then
        export PATH="$HOME/.dotnet:$PATH" DOTNET_ROOT="$HOME/.dotnet"
    fi
    command -v dotnet >/dev/null || die ".NET 10 is not installed. Install its SDK: https://dotnet.microsoft.com/download/dotnet/10.0"
    dotnet --list-sdks | grep -qE '^(10|[1-9][1-9])\.' || die "the .NET SDK found is too old ($(dotnet --version 2>/dev/null)). Install .NET 10: https://dotnet.microsoft.com/download/dotnet/10.0"
}

has_postgres() {
    [ -n "${Billing__PostgresBin:-}" ] && return 0
    command -v pg_ctl >/dev/null && return 0
    local folder
    for folder in /usr/lib/postgresql/*/bin /usr/local/lib/postgresql/*/bin /usr/local/pgsql/bin /opt/homebrew/bin /usr/local/bin; do
        [ -x "$folder/pg_ctl" ] && [ -x "$folder/initdb" ] && return 0
    done
    return 1
}

# PostgreSQL's programs, from the system's packages where we may install them. The packages' own database is not
# wanted: without the setting below they would make and start one on port 5432.
ensure_postgres() {
    has_postgres && return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        die "PostgreSQL is not installed, and this user cannot install it. Any of these helps:
  Debian, Ubuntu:  sudo apt-get install postgresql
  Fedora, RHEL:    sudo dnf install postgresql-server
  macOS:           brew install postgresql@17
  elsewhere:       Billing__PostgresBin=<folder of pg_ctl and initdb>
  a database of your own:  ConnectionStrings__Billing='Host=...;Database=...;Username=...;Password=...'"
    fi
    say "Installing PostgreSQL by apt-get ..."
    local log conf=/etc/postgresql-common/createcluster.conf
    log="$(mktemp)"
    (
        set -e
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -q
        apt-get install -yq --no-install-recommends postgresql-common
        if [ -f "$conf" ]; then
            cp -p "$conf" "$conf.orleansbilling"
            printf 'create_main_cluster = false\n' >> "$conf"
        fi
        apt-get install -yq --no-install-recommends postgresql
    ) >"$log" 2>&1
    local result=$?
    [ -f "$conf.orleansbilling" ] && mv -f "$conf.orleansbilling" "$conf"
    if [ $result -ne 0 ] || ! has_postgres; then
        tail -n 20 "$log" >&2
        die "PostgreSQL could not be installed. Install it by hand (apt-get install postgresql), or give a database by ConnectionStrings__Billing"
    fi
    rm -f "$log"
}
