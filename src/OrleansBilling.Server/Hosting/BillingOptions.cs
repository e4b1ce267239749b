using OrleansBilling.Grains.Schedule;
using OrleansBilling.Infrastructure.Postgres.Metering;
using OrleansBilling.Infrastructure.Postgres.Turn;

namespace OrleansBilling.Server.Hosting;

/// <summary>
/// Everything that can be set about a server, from the configuration section <c>Billing</c> (environment variables
/// <c>Billing__Name</c>). A name that is not listed here is refused at the start, so that a misspelt one is seen.
/// </summary>
public sealed record BillingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Billing";

    /// <summary>Holds the embedded database, the ports and, in a development start, the admin key. A relative path counts from the working directory.</summary>
    public string DataDirectory { get; init; } = ".data";

    /// <summary>The folder of PostgreSQL's programs for the embedded database; null looks on PATH and where systems put them.</summary>
    public string? PostgresBin { get; init; }

    /// <summary>What this process does: <c>silo</c>, <c>api</c>, or both, separated by a comma.</summary>
    public string Roles { get; init; } = "silo,api";

    /// <summary>The number of this process on its data directory, from 1. Process n listens on the HTTP port plus n - 1.</summary>
    public int Silo { get; init; } = 1;

    /// <summary>The cluster that silos of one deployment share.</summary>
    public string ClusterId { get; init; } = "billing";

    /// <summary>The service whose grain state and reminders are used. It outlives clusters and never changes.</summary>
    public string ServiceId { get; init; } = "billing";

    /// <summary>The address or host name under which other machines reach this silo; null keeps it on 127.0.0.1.</summary>
    public string? AdvertisedAddress { get; init; }

    /// <summary>The port for other silos; null takes a free one at the first start and keeps it in the data directory.</summary>
    public int? SiloPort { get; init; }

    /// <summary>The port for processes without a silo; null takes a free one at the first start and keeps it in the data directory.</summary>
    public int? GatewayPort { get; init; }

    /// <summary>Whether test clocks and the sandbox gateway exist; null means in a development start only.</summary>
    public bool? Sandbox { get; init; }

    /// <summary>The first admin key; null makes a random one at the first start.</summary>
    public string? BootstrapApiKey { get; init; }

    /// <summary>How turns are committed: <c>grouped</c> writes many turns in one transaction, <c>scoped</c> each in its own.</summary>
    public CommitterKind Committer { get; init; } = CommitterKind.Grouped;

    /// <summary>Turns in one transaction (<c>Billing__Turns__GroupSize</c>) and transactions at one time (<c>Billing__Turns__GroupsInFlight</c>) of a silo.</summary>
    public TurnOptions Turns { get; init; } = new();

    /// <summary>The pace of due work, such as <c>Billing__Schedule__MaxInFlight</c>.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>Usage events, such as <c>Billing__Usage__WindowDays</c>.</summary>
    public UsageOptions Usage { get; init; } = new();

    /// <summary>Database connections of this process at most.</summary>
    public int MaxPoolSize { get; init; } = Infrastructure.Postgres.ConnectionStrings.DefaultMaxPoolSize;

    /// <summary>Seconds for which a request waits at most for a database that does not answer; then it is answered 503.</summary>
    public int DatabaseSeconds { get; init; } = 10;

    /// <summary>Requests to the API that are under way at one time at most; more are answered 503.</summary>
    public int RequestsUnderWay { get; init; } = Http.Limits.RequestsUnderWay;

    /// <summary>Requests a second of one API key, steadily.</summary>
    public int RequestsPerSecond { get; init; } = Http.Limits.RequestsPerSecond;

    /// <summary>Requests of one API key at once, after a rest.</summary>
    public int RequestBurst { get; init; } = Http.Limits.RequestBurst;

    /// <summary>Whether this process carries grains.</summary>
    public bool HasSilo => RoleNames.Contains("silo", StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether this process answers the HTTP API. Health and metrics it answers always.</summary>
    public bool HasApi => RoleNames.Contains("api", StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether test clocks and the sandbox gateway exist.</summary>
    public bool SandboxEnabled => Sandbox ?? false;

    internal string[] RoleNames => Roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The server cannot start as it is configured; the message says what to change.</summary>
public sealed class StartException : Exception
{
    /// <summary>Makes the error.</summary>
    public StartException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the error with its cause.</summary>
    public StartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes the error.</summary>
    public StartException()
    {
    }
}
