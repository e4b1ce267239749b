using System.Text;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Grains.Schedule;
using static OrleansBilling.Infrastructure.Postgres.Metering.Ingest.EventText;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>Checks an event against what it names and against the clock, and writes its row and key.</summary>
/// <param name="directory">Knows accounts, subscriptions and meters.</param>
/// <param name="now">The time of receipt, in microseconds since 1970.</param>
/// <param name="windowDays">The deduplication window.</param>
internal sealed class EventEncoder(UsageDirectory directory, long now, int windowDays) : IDisposable
{
    private const long Day = 86_400_000_000;
    private const short Columns = 12;

    private readonly byte[] _numeric = new byte[NumericText.MaxBytes];
    private readonly RowBuffer _json = new(4096);
    private readonly RowBuffer _hashed = new(4096);

    /// <summary>Names that have to be looked up before their events can be written.</summary>
    public (HashSet<string> Accounts, HashSet<string> Subscriptions, HashSet<string> Meters) Wanted { get; } =
        (new(StringComparer.Ordinal), new(StringComparer.Ordinal), new(StringComparer.Ordinal));

    /// <summary>Test clocks of accounts, as they were read for this request; null where a clock is gone.</summary>
    public Dictionary<string, ClockReading?> Clocks { get; } = new(StringComparer.Ordinal);

    /// <summary>Test clocks that have to be read.</summary>
    public HashSet<string> WantedClocks { get; } = new(StringComparer.Ordinal);

    /// <summary>Writes an event into a part.</summary>
    /// <param name="text">The event.</param>
    /// <param name="part">Has room.</param>
    /// <param name="index">The event's place in its request.</param>
    /// <param name="final">True where what is unknown does not exist; else it is noted in <see cref="Wanted"/>.</param>
    /// <param name="rejection">Why it is rejected, or null.</param>
    /// <returns>False where something has to be looked up first.</returns>
    public bool TryWrite(EventText text, IngestPart part, int index, bool final, out UsageRejection? rejection)
    {
        rejection = Shape(text);
        if (rejection is not null)
        {
            return true;
        }

        var account = directory.Account(text[Field.Account]);
        var meter = directory.Meter(text[Field.Meter]);
        var subscription = text.Has(Field.Subscription) ? directory.Subscription(text[Field.Subscription]) : null;
        if (!final && Note(text, account, meter, subscription))
        {
            return false;
        }

        rejection = account is null ? UsageRejection.NoAccount
            : meter is null ? UsageRejection.NoMeter
            : text.Has(Field.Subscription) && subscription?.Account != account.Id ? UsageRejection.NoSubscription
            : null;
        if (rejection is not null)
        {
            return true;
        }

        var numeric = 0;
        rejection = Time(text, account!, out var at) ?? Number(text, meter!, out numeric);
        if (rejection is null)
        {
            Write(part.Rows, text, account!, meter!, subscription, at, numeric);
            part.Take(EventHash.KeyOf(account!.Utf8, text[Field.Id]), ContentOf(text, meter!, subscription, numeric), index);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _hashed.Dispose();
    }

    private static UsageRejection? Shape(EventText text)
    {
        if (!text.Has(Field.Id))
        {
            return UsageRejection.MissingId;
        }

        if (!text.Has(Field.Account) || !text.Has(Field.Meter))
        {
            return text.Has(Field.Account) ? UsageRejection.MissingMeter : UsageRejection.MissingAccount;
        }

        return !IsText(text[Field.Id], 1, UsageLimits.IdLength) ? UsageRejection.InvalidId
            : !IsText(text[Field.Account], 1, UsageLimits.IdLength) || !IsText(text[Field.Meter], 1, UsageLimits.IdLength)
                || (text.Has(Field.Subscription) && !IsText(text[Field.Subscription], 1, UsageLimits.IdLength))
                || (text.Has(Field.Hold) && !IsText(text[Field.Hold], 1, UsageLimits.IdLength)) ? UsageRejection.InvalidName
            : null;
    }

    private bool Note(EventText text, KnownAccount? account, KnownMeter? meter, KnownSubscription? subscription)
    {
        if (account is null)
        {
            Wanted.Accounts.Add(Encoding.UTF8.GetString(text[Field.Account]));
        }
        else if (account.Clock != AccountFacts.LiveClock && !Clocks.ContainsKey(account.Clock))
        {
            WantedClocks.Add(account.Clock);
        }

        if (meter is null)
        {
            Wanted.Meters.Add(Encoding.UTF8.GetString(text[Field.Meter]));
        }

        if (text.Has(Field.Subscription) && subscription is null)
        {
            Wanted.Subscriptions.Add(Encoding.UTF8.GetString(text[Field.Subscription]));
        }

        // Accounts that are not known yet may live on a test clock, which is read in the same round.
        return account is null || meter is null || (account.Clock != AccountFacts.LiveClock && !Clocks.ContainsKey(account.Clock))
            || (text.Has(Field.Subscription) && subscription is null);
    }

    private UsageRejection? Time(EventText text, KnownAccount account, out long at)
    {
        at = now;
        if (account.Clock != AccountFacts.LiveClock)
        {
            if (Clocks.GetValueOrDefault(account.Clock) is not { } reading)
            {
                return UsageRejection.NoAccount;
            }

            if (reading.Advancing)
            {
                return UsageRejection.ClockAdvancing;
            }

            at = Microseconds(reading.Now);
        }

        var clock = at;
        if (text.Has(Field.At) && !InstantText.TryRead(text[Field.At], out at))
        {
            return UsageRejection.InvalidAt;
        }

        return at < clock - (windowDays * Day) ? UsageRejection.TooOld
            : at > clock + (UsageOptions.DaysAhead * Day) ? UsageRejection.InFuture
            : null;
    }

    // The value that counts: the property that the meter names, else the event's own.
    private UsageRejection? Number(EventText text, KnownMeter meter, out int length)
    {
        length = 0;
        if (meter.Meter.Aggregation is MeterAggregation.UniqueCount)
        {
            if (!text.TryProperty(meter.Property, out _))
            {
                return UsageRejection.PropertyMissing;
            }
        }
        else if (meter.Property is { } name)
        {
            if (!text.TryProperty(name, out var property))
            {
                return UsageRejection.ValueMissing;
            }

            length = NumericText.Encode(property, _numeric);
            return length == 0 ? UsageRejection.InvalidNumber : null;
        }

        if (!text.Has(Field.Value))
        {
            return meter.Meter.NeedsValue ? UsageRejection.ValueMissing : null;
        }

        length = NumericText.Encode(text[Field.Value], _numeric);
        return length == 0 ? UsageRejection.InvalidNumber : null;
    }

    private void Write(RowBuffer rows, EventText text, KnownAccount account, KnownMeter meter, KnownSubscription? subscription, long at, int numeric)
    {
        rows.Columns(Columns);
        rows.Long(0);
        rows.Long(0);
        rows.Int(0);
        rows.Int(0);
        rows.Long(at - RowBuffer.EpochMicroseconds);
        rows.Text(account.Utf8);
        rows.Text(meter.Utf8);
        rows.Text(text[Field.Id]);
        WriteOrNull(rows, subscription is null ? default : subscription.Utf8);
        WriteOrNull(rows, _numeric.AsSpan(0, numeric));
        if (text.Properties == 0)
        {
            rows.Null();
        }
        else
        {
            rows.Json(JsonOf(text));
        }

        WriteOrNull(rows, text[Field.Hold]);
    }

    private static void WriteOrNull(RowBuffer rows, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            rows.Null();
        }
        else
        {
            rows.Text(value);
        }
    }

    private ReadOnlySpan<byte> JsonOf(EventText text)
    {
        _json.CutTo(0);
        for (var i = 0; i < text.Properties; i++)
        {
            _json.Raw(i == 0 ? "{"u8 : ","u8);
            Quote(text.Name(i));
            _json.Raw(":"u8);
            Quote(text.Value(i));
        }

        _json.Raw("}"u8);
        return _json.Written;
    }

    // Control characters were refused: only two characters are written otherwise than they are.
    private void Quote(ReadOnlySpan<byte> text)
    {
        _json.Raw("\""u8);
        int next;
        while ((next = text.IndexOfAny((byte)'"', (byte)'\\')) >= 0)
        {
            _json.Raw(text[..next]);
            _json.Raw("\\"u8);
            _json.Raw(text.Slice(next, 1));
            text = text[(next + 1)..];
        }

        _json.Raw(text);
        _json.Raw("\""u8);
    }

    // What was said, in one form: a missing 'at' is not the time of receipt, so that a repeat says the same.
    private long ContentOf(EventText text, KnownMeter meter, KnownSubscription? subscription, int numeric)
    {
        _hashed.CutTo(0);
        _hashed.Text(meter.Utf8);
        WriteOrNull(_hashed, subscription is null ? default : subscription.Utf8);
        WriteOrNull(_hashed, _numeric.AsSpan(0, numeric));
        WriteOrNull(_hashed, text[Field.Hold]);
        if (text.Has(Field.At) && InstantText.TryRead(text[Field.At], out var at))
        {
            _hashed.Long(at);
        }
        else
        {
            _hashed.Null();
        }

        for (var i = 0; i < text.Properties; i++)
        {
            _hashed.Text(text.Name(i));
            _hashed.Text(text.Value(i));
        }

        return EventHash.Of(_hashed.Written);
    }

    private static long Microseconds(Instant instant) => instant.ToUnixTimeTicks() / 10;
}
