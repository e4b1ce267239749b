using System.Buffers.Binary;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>What became of an event.</summary>
public enum EventFate : byte
{
    /// <summary>Not decided yet.</summary>
    Waiting,

    /// <summary>Written, and durable once its part is done.</summary>
    Accepted,

    /// <summary>Written before, with the same content.</summary>
    Duplicate,

    /// <summary>Written before, with other content.</summary>
    Conflict,
}

/// <summary>
/// Up to 1,000 events of one request, checked and encoded as rows. A part is written by one transaction: all of its events are
/// there, or none is.
/// </summary>
public sealed class IngestPart(int size) : IDisposable
{
    /// <summary>Events of a part at most.</summary>
    public const int Capacity = 1000;

    // Where a row keeps what only its transaction knows: after the number of columns, each column has four bytes of length.
    private const int BatchAt = 6;
    private const int ReceivedAt = 18;
    private const int DayAt = 30;
    private const int NumberAt = 38;

    private readonly int[] _ends = new int[size];
    private readonly UInt128[] _keys = new UInt128[size];
    private readonly long[] _contents = new long[size];
    private readonly int[] _indexes = new int[size];
    private readonly EventFate[] _fates = new EventFate[size];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The rows, one behind the other.</summary>
    internal RowBuffer Rows { get; } = new(size * 320);

    /// <summary>How many events there are.</summary>
    public int Count { get; private set; }

    /// <summary>Ends when the part is durable, or fails with what the database said.</summary>
    public Task Done => _done.Task;

    /// <summary>Takes the row that was just written behind the others.</summary>
    /// <param name="key">Of (account, id).</param>
    /// <param name="content">The hash of what the event says.</param>
    /// <param name="index">Its place in the request.</param>
    internal void Take(UInt128 key, long content, int index)
    {
        (_ends[Count], _keys[Count], _contents[Count], _indexes[Count]) = (Rows.Length, key, content, index);
        Count++;
    }

    /// <summary>The key of an event.</summary>
    public UInt128 Key(int number) => _keys[number];

    /// <summary>The hash of what an event says.</summary>
    public long Content(int number) => _contents[number];

    /// <summary>The place of an event in its request.</summary>
    public int Index(int number) => _indexes[number];

    /// <summary>What became of an event.</summary>
    public EventFate Fate(int number) => _fates[number];

    internal void Decide(int number, EventFate fate) => _fates[number] = fate;

    /// <summary>Fills in what the transaction knows, and answers the row.</summary>
    internal ReadOnlySpan<byte> Row(int number, OpenBatch batch, int place)
    {
        var start = number == 0 ? 0 : _ends[number - 1];
        var row = Rows.Written[start.._ends[number]];
        BinaryPrimitives.WriteInt64BigEndian(row[BatchAt..], batch.Number);
        BinaryPrimitives.WriteInt64BigEndian(row[ReceivedAt..], batch.ReceivedAt);
        BinaryPrimitives.WriteInt32BigEndian(row[DayAt..], batch.DayNumber);
        BinaryPrimitives.WriteInt32BigEndian(row[NumberAt..], place);
        return row;
    }

    internal void Succeed() => _done.TrySetResult();

    internal void Fail(Exception exception) => _done.TrySetException(exception);

    /// <inheritdoc/>
    public void Dispose() => Rows.Dispose();
}

/// <summary>A batch that was begun: one transaction's events.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Day">The day of receipt.</param>
/// <param name="ReceivedAt">The database's time, in microseconds since 2000.</param>
internal readonly record struct OpenBatch(long Number, DateOnly Day, long ReceivedAt)
{
    /// <summary>The day in days since 2000, as PostgreSQL counts.</summary>
    public int DayNumber => Day.DayNumber - new DateOnly(2000, 1, 1).DayNumber;

    /// <summary>What the names of the day's partitions end with.</summary>
    public string Suffix => SuffixOf(Day);

    /// <summary>The same of any day.</summary>
    public static string SuffixOf(DateOnly day) => day.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
}
