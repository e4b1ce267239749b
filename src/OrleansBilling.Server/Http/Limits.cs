namespace OrleansBilling.Server.Http;

/// <summary>Every limit of the HTTP front end, in one place. Each is stated in docs/api.md and has a test.</summary>
internal static class Limits
{
    /// <summary>Bytes of a request body; more is 413.</summary>
    public const int BodyBytes = 1024 * 1024;

    /// <summary>Bytes of a body that is too large which are still taken in, and forgotten, so that its sender reads the answer.</summary>
    public const int DiscardedBytes = 16 * 1024 * 1024;

    /// <summary>Levels of nesting of a request body.</summary>
    public const int JsonDepth = 32;

    /// <summary>Characters of a name, reason or description.</summary>
    public const int TextLength = 500;

    /// <summary>Characters of a code in the catalog.</summary>
    public const int CodeLength = 64;

    /// <summary>Characters of an external id, payment reference or token.</summary>
    public const int ReferenceLength = 200;

    /// <summary>Pairs of metadata.</summary>
    public const int MetadataPairs = 50;

    /// <summary>Characters of a metadata key.</summary>
    public const int MetadataKeyLength = 40;

    /// <summary>Characters of a metadata value.</summary>
    public const int MetadataValueLength = 500;

    /// <summary>Characters of an Idempotency-Key.</summary>
    public const int IdempotencyKeyLength = 255;

    /// <summary>Entries of a page unless asked for otherwise.</summary>
    public const int PageDefault = 20;

    /// <summary>Entries of a page at most.</summary>
    public const int PageMax = 100;

    /// <summary>Digits of a decimal.</summary>
    public const int DecimalDigits = 28;

    /// <summary>Digits of a decimal after the point.</summary>
    public const int DecimalScale = 12;

    /// <summary>The largest quantity, unit amount or rate; keeps every product of two within 28 digits before the point.</summary>
    public const long DecimalMax = 1_000_000_000_000;

    /// <summary>The largest amount of money of one field, in minor units.</summary>
    public const long AmountMax = 999_999_999_999;

    /// <summary>Prices of a plan.</summary>
    public const int PricesPerPlan = 100;

    /// <summary>Entitlements of a plan.</summary>
    public const int EntitlementsPerPlan = 100;

    /// <summary>Phases of a plan.</summary>
    public const int PhasesPerPlan = 10;

    /// <summary>Further plans of a new subscription.</summary>
    public const int AddOns = 20;

    /// <summary>Tiers or cells of a price.</summary>
    public const int TiersPerPrice = 500;

    /// <summary>Usage events of a JSON body, and ids of a correction.</summary>
    public const int EventsPerBody = Infrastructure.Postgres.Metering.Ingest.IngestPart.Capacity;

    /// <summary>Usage events of a request that sends one a line.</summary>
    public const int EventLines = 100_000;

    /// <summary>Properties that a meter groups or filters by.</summary>
    public const int MeterProperties = 10;

    /// <summary>Tax rates of an account.</summary>
    public const int TaxRates = 20;

    /// <summary>Tax numbers of a legal entity.</summary>
    public const int TaxIds = 10;

    /// <summary>Characters of what a legal entity prints at the foot of its documents.</summary>
    public const int FooterLength = 1000;

    /// <summary>Paid periods of a quoted schedule.</summary>
    public const int QuotedPeriods = 1000;

    /// <summary>Retry days of a dunning policy.</summary>
    public const int RetryDays = 20;

    /// <summary>Days of a trial.</summary>
    public const int TrialDays = Domain.Schedule.TrialCalendar.MaxDays;

    /// <summary>Days of net terms.</summary>
    public const int NetTermsDays = 365;

    /// <summary>Hours for which invoices may stay drafts by an account's setting.</summary>
    public const int InvoiceGraceHours = 30 * 24;

    /// <summary>Lines of a one-off invoice, and of a credit note by line.</summary>
    public const int LinesPerRequest = 1000;

    /// <summary>Requests a second of one API key, steadily.</summary>
    public const int RequestsPerSecond = 1000;

    /// <summary>Requests of one API key at once, after a rest.</summary>
    public const int RequestBurst = 5000;

    /// <summary>Requests to the API that are under way at one time.</summary>
    public const int RequestsUnderWay = 4096;

    /// <summary>Requests a second without a valid key, per address.</summary>
    public const int StrangerRequestsPerSecond = 50;

    /// <summary>How long a change waits for a silo that has just died to be replaced.</summary>
    public static readonly TimeSpan SiloRetry = TimeSpan.FromSeconds(3);

    /// <summary>How long <c>advance</c> of a test clock waits for its end.</summary>
    public static readonly TimeSpan AdvanceWait = TimeSpan.FromMinutes(10);

    /// <summary>How long a key that was looked up is believed; a revoked key works for that long at most.</summary>
    public static readonly TimeSpan ApiKeyCache = TimeSpan.FromSeconds(5);
}
