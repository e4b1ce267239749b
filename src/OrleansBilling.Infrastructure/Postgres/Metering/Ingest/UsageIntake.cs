using System.Text.Json;
using System.Text.Unicode;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Schedule;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>Too many events wait to be written; the request is repeated later.</summary>
public sealed class UsageBusyException() : Exception("Too many events wait to be written.");

/// <summary>
/// Takes events out of JSON: each is checked by itself, so that a bad one never blocks the others, and written with those of
/// other requests.
/// </summary>
public sealed class UsageIntake
{
    /// <summary>Rounds of looking up what events name: names, then the clocks of accounts, then the answer.</summary>
    private const int Rounds = 3;
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 32 };

    private readonly UsageDirectory _directory;
    private readonly UsageWriter _writer;
    private readonly UsageOptions _options;
    private readonly IClocks _clocks;
    private readonly StrayEvents _strays;

    internal UsageIntake(UsageDirectory directory, UsageWriter writer, StrayEvents strays, UsageOptions options, IClocks clocks) =>
        (_directory, _writer, _strays, _options, _clocks) = (directory, writer, strays, options, clocks);

    /// <summary>
    /// Takes the events of a JSON body, <c>{"events": [...]}</c>, in one transaction. Refuses the body as a whole where it has
    /// not this form: 400 <c>malformed_json</c>, <c>invalid_type</c>, <c>unknown_field</c>, <c>missing_field</c>, <c>too_many</c>.
    /// </summary>
    /// <exception cref="UsageBusyException">Too many events wait.</exception>
    public async Task<Decided<UsageReport>> TakeBodyAsync(ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        if (Find(body.Span, out var places) is { } refusal)
        {
            return refusal;
        }

        var report = new UsageReport();
        using var part = await CheckAsync(body, places, report, _clocks.Live.ToUnixTimeTicks() / 10, cancellation);
        if (part.Count > 0)
        {
            if (!_writer.TrySubmit(part))
            {
                throw new UsageBusyException();
            }

            await part.Done;
            report.Count(part);
        }

        return report;
    }

    /// <summary>Checks some lines, and hands them to the writer once there is room.</summary>
    /// <param name="lines">The bytes.</param>
    /// <param name="places">Where the lines are, and their places in the request; at most <see cref="IngestPart.Capacity"/>.</param>
    /// <param name="report">Gets what is rejected now; the rest once the part is done.</param>
    /// <param name="cancellation">Ends the wait for room.</param>
    /// <returns>The part; its owner counts it and gives it back.</returns>
    public async Task<IngestPart> TakeLinesAsync(ReadOnlyMemory<byte> lines, IReadOnlyList<EventPlace> places, UsageReport report, CancellationToken cancellation)
    {
        var part = await CheckAsync(lines, places, report, _clocks.Live.ToUnixTimeTicks() / 10, cancellation);
        if (part.Count == 0)
        {
            part.Succeed();
            return part;
        }

        await _writer.SubmitAsync(part, cancellation);
        return part;
    }

    /// <summary>Takes one event as if it had been received at another time: for events that were kept apart.</summary>
    internal async Task<UsageReport> TakeAgainAsync(ReadOnlyMemory<byte> body, long receivedAt, CancellationToken cancellation)
    {
        var report = new UsageReport();
        using var part = await CheckAsync(body, [new EventPlace(0, body.Length, 0)], report, receivedAt, cancellation, again: true);
        if (part.Count > 0)
        {
            await _writer.SubmitAsync(part, cancellation);
            await part.Done;
            report.Count(part);
        }

        return report;
    }

    private async Task<IngestPart> CheckAsync(
        ReadOnlyMemory<byte> bytes, IReadOnlyList<EventPlace> places, UsageReport report, long receivedAt, CancellationToken cancellation, bool again = false)
    {
        var part = new IngestPart(places.Count);
        try
        {
            using var encoder = new EventEncoder(_directory, receivedAt, _options.WindowDays);
            var strays = new List<StrayEvent>();
            var waiting = places;
            for (var round = 1; waiting.Count > 0; round++)
            {
                waiting = Check(bytes.Span, waiting, encoder, part, report, final: round == Rounds, again ? null : strays);
                if (waiting.Count > 0)
                {
                    await LookUpAsync(encoder, cancellation);
                }
            }

            await _strays.KeepAsync(strays, report, cancellation);
            return part;
        }
        catch
        {
            part.Dispose();
            throw;
        }
    }

    private List<EventPlace> Check(
        ReadOnlySpan<byte> bytes, IReadOnlyList<EventPlace> places, EventEncoder encoder, IngestPart part, UsageReport report, bool final, List<StrayEvent>? strays)
    {
        var text = EventTexts.Rent();
        var waiting = new List<EventPlace>();
        foreach (var place in places)
        {
            var json = bytes.Slice(place.Start, place.Length);
            var rejection = Read(text, json);
            if (rejection is null && !encoder.TryWrite(text, part, place.Index, final, out rejection))
            {
                waiting.Add(place);
            }
            else if (rejection is not null)
            {
                if (_options.KeepUnknown && strays is not null && (rejection == UsageRejection.NoAccount || rejection == UsageRejection.NoMeter))
                {
                    strays.Add(StrayEvent.Of(text, json, place.Index));
                }
                else
                {
                    report.Reject(place.Index, rejection);
                }
            }
        }

        EventTexts.Return(text);
        return waiting;
    }

    private static UsageRejection? Read(EventText text, ReadOnlySpan<byte> json)
    {
        if (json.Length > EventText.MaxBytes)
        {
            return UsageRejection.TooLong;
        }

        if (!Utf8.IsValid(json))
        {
            return UsageRejection.Malformed;
        }

        try
        {
            var reader = new Utf8JsonReader(json, Strict);
            reader.Read();
            var rejection = text.Read(ref reader);

            // Whatever follows the object makes the line malformed.
            return reader.Read() ? UsageRejection.Malformed : rejection;
        }
        catch (JsonException)
        {
            return UsageRejection.Malformed;
        }
    }

    private async Task LookUpAsync(EventEncoder encoder, CancellationToken cancellation)
    {
        var (accounts, subscriptions, meters) = encoder.Wanted;
        if (accounts.Count + subscriptions.Count + meters.Count > 0)
        {
            await _directory.LoadAsync(accounts, subscriptions, meters, cancellation);
        }

        foreach (var clock in encoder.WantedClocks)
        {
            encoder.Clocks[clock] = await _clocks.ReadAsync(clock);
        }

        accounts.Clear();
        subscriptions.Clear();
        meters.Clear();
        encoder.WantedClocks.Clear();
    }

    private static Refusal? Find(ReadOnlySpan<byte> body, out List<EventPlace> places)
    {
        places = [];
        try
        {
            return Find(new Utf8JsonReader(body, Strict), places);
        }
        catch (JsonException e)
        {
            return Malformed($"at line {e.LineNumber + 1}, byte {e.BytePositionInLine}, or nested deeper than {Strict.MaxDepth} levels");
        }
    }

    private static Refusal? Find(Utf8JsonReader reader, List<EventPlace> places)
    {
        reader.Read();
        if (reader.TokenType is not JsonTokenType.StartObject)
        {
            return Refusal.Invalid("invalid_type", "Give an object with the field events.");
        }

        var seen = false;
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndObject)
        {
            if (!reader.ValueTextEquals("events"u8))
            {
                return Refusal.Invalid("unknown_field", "Use events only.");
            }

            if (seen)
            {
                return Refusal.Invalid("duplicate_field", "Give events once.", "events");
            }

            seen = true;
            reader.Read();
            if (reader.TokenType is not JsonTokenType.StartArray)
            {
                return Refusal.Invalid("invalid_type", "Give a list of events.", "events");
            }

            while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                places.Add(new EventPlace(start, (int)reader.BytesConsumed - start, places.Count));
            }
        }

        reader.Read();
        return places.Count is > 0 and <= IngestPart.Capacity ? null
            : seen ? Refusal.Invalid("too_many", $"Give 1 to {IngestPart.Capacity} events.", "events")
            : Refusal.Invalid("missing_field", "This field is required.", "events");
    }

    private static Refusal Malformed(string reason) => Refusal.Invalid("malformed_json", $"The body is not valid JSON ({reason}).");
}

/// <summary>Where an event's JSON is, and its place in the request.</summary>
public readonly record struct EventPlace(int Start, int Length, int Index);
