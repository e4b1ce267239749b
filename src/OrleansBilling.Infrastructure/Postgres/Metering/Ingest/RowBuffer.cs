using System.Buffers;
using System.Buffers.Binary;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>A growing buffer of rows in the binary form of PostgreSQL's COPY; its memory is rented.</summary>
internal sealed class RowBuffer(int size) : IDisposable
{
    /// <summary>Microseconds from 1970 to 2000, where PostgreSQL counts from.</summary>
    public const long EpochMicroseconds = 946_684_800_000_000;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>The same for asynchronous writing.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    /// <summary>Forgets what was written from a place on.</summary>
    public void CutTo(int length) => Length = length;

    /// <summary>Room for some bytes, which the caller fills.</summary>
    public Span<byte> Take(int count)
    {
        if (_bytes.Length - Length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + count));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        var room = _bytes.AsSpan(Length, count);
        Length += count;
        return room;
    }

    /// <summary>The number of columns that begins a row.</summary>
    public void Columns(short count) => BinaryPrimitives.WriteInt16BigEndian(Take(2), count);

    /// <summary>A bigint, or a time in microseconds since 2000.</summary>
    public void Long(long value)
    {
        var room = Take(12);
        BinaryPrimitives.WriteInt32BigEndian(room, 8);
        BinaryPrimitives.WriteInt64BigEndian(room[4..], value);
    }

    /// <summary>An integer, or a date in days since 2000.</summary>
    public void Int(int value)
    {
        var room = Take(8);
        BinaryPrimitives.WriteInt32BigEndian(room, 4);
        BinaryPrimitives.WriteInt32BigEndian(room[4..], value);
    }

    /// <summary>Sixteen bytes of a uuid.</summary>
    public void Key(UInt128 value)
    {
        var room = Take(20);
        BinaryPrimitives.WriteInt32BigEndian(room, 16);
        BinaryPrimitives.WriteUInt128BigEndian(room[4..], value);
    }

    /// <summary>Text in UTF-8, or bytes that are in the column's binary form already.</summary>
    public void Text(ReadOnlySpan<byte> value)
    {
        var room = Take(4 + value.Length);
        BinaryPrimitives.WriteInt32BigEndian(room, value.Length);
        value.CopyTo(room[4..]);
    }

    /// <summary>JSON text as jsonb.</summary>
    public void Json(ReadOnlySpan<byte> value)
    {
        var room = Take(5 + value.Length);
        BinaryPrimitives.WriteInt32BigEndian(room, value.Length + 1);
        room[4] = 1;
        value.CopyTo(room[5..]);
    }

    /// <summary>Null.</summary>
    public void Null() => BinaryPrimitives.WriteInt32BigEndian(Take(4), -1);

    /// <summary>What a binary COPY begins with.</summary>
    public void Header()
    {
        var room = Take(19);
        room.Clear();
        "PGCOPY\n\u00ff\r\n\0"u8[..7].CopyTo(room);
        room[7] = 0xff;
        room[8] = (byte)'\r';
        room[9] = (byte)'\n';
    }

    /// <summary>What it ends with.</summary>
    public void Trailer() => BinaryPrimitives.WriteInt16BigEndian(Take(2), -1);

    /// <summary>Appends bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }
}
