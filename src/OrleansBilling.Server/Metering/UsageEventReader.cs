using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;
using OrleansBilling.Server.Http;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Metering;

/// <summary>Reads usage events from a request: a JSON body whole, lines as they come.</summary>
internal sealed class UsageEventReader(UsageIntake intake)
{
    private const int MaxLine = 32 * 1024;
    private const int ChunkBytes = 256 * 1024;

    // Parts of one request that wait to be durable: while they are written the next lines are read.
    private const int PartsInFlight = 4;

    /// <summary>Takes <c>{"events": [...]}</c>.</summary>
    public async Task<UsageReport> ReadBodyAsync(HttpContext http)
    {
        var bytes = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(http.Request.ContentLength ?? 64 * 1024, 1024, Limits.BodyBytes + 1));
        try
        {
            var length = 0;
            var tooLarge = http.Request.ContentLength > Limits.BodyBytes;
            while (true)
            {
                if (length == bytes.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(bytes.Length * 2);
                    bytes.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(bytes);
                    bytes = larger;
                }

                var read = await http.Request.Body.ReadAsync(bytes.AsMemory(length), http.RequestAborted);
                if (read == 0)
                {
                    break;
                }

                // What is too large is read and forgotten, so that its sender reads the answer.
                tooLarge |= length + read > Limits.BodyBytes;
                length = tooLarge ? 0 : length + read;
            }

            if (tooLarge)
            {
                throw ProblemMiddleware.TooLarge.Exception();
            }

            var taken = await intake.TakeBodyAsync(length == 0 ? "{}"u8.ToArray() : bytes.AsMemory(0, length), http.RequestAborted);
            return taken.Refusal is { } refusal ? throw Problem.Of(refusal).Exception() : taken.Value;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Takes lines of one event each, a thousand at a time; never holds more of the body than that.</summary>
    /// <param name="http">The request.</param>
    /// <param name="patience">How long one read, or the wait for room, may take.</param>
    /// <param name="limit">Ended where it takes longer.</param>
    public async Task<UsageReport> ReadLinesAsync(HttpContext http, TimeSpan patience, CancellationTokenSource limit)
    {
        var cancellation = limit.Token;
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        var report = new UsageReport();
        var flight = new Queue<IngestPart>();
        using var lines = new LineChunk(ChunkBytes, MaxLine);
        var pipe = http.Request.BodyReader;
        try
        {
            while (true)
            {
                limit.CancelAfter(patience);
                var result = await pipe.ReadAsync(cancellation);
                var rest = result.Buffer;
                while (lines.Take(ref rest, result.IsCompleted))
                {
                    await SendAsync(lines, report, flight, cancellation);
                }

                pipe.AdvanceTo(rest.Start, result.Buffer.End);
                if (lines.Count > Limits.EventLines)
                {
                    throw Problem.Invalid(
                        "too_many", $"Send at most {Limits.EventLines} lines in one request. The lines before were taken; sent again they are duplicates.").Exception();
                }

                if (result.IsCompleted)
                {
                    await SendAsync(lines, report, flight, cancellation);
                    break;
                }
            }

            return report;
        }
        finally
        {
            // Whatever ended the reading: what was handed over is written, and its memory given back.
            await DrainAsync(report, flight, left: 0);
        }
    }

    private async Task SendAsync(LineChunk lines, UsageReport report, Queue<IngestPart> flight, CancellationToken cancellation)
    {
        foreach (var index in lines.TooLong)
        {
            report.RejectTooLong(index);
        }

        if (lines.Places.Count > 0)
        {
            flight.Enqueue(await intake.TakeLinesAsync(lines.Bytes, lines.Places, report, cancellation));
        }

        lines.Clear();
        await DrainAsync(report, flight, PartsInFlight - 1);
    }

    private static async Task DrainAsync(UsageReport report, Queue<IngestPart> flight, int left)
    {
        Exception? failed = null;
        while (flight.Count > left)
        {
            using var part = flight.Dequeue();
            try
            {
                await part.Done;
                report.Count(part);
            }
            catch (Exception e)
            {
                failed ??= e;
            }
        }

        if (failed is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failed);
        }
    }
}
