using System.Buffers;
using OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

namespace OrleansBilling.Server.Metering;

/// <summary>Gathers whole lines of a stream until there are enough for a part.</summary>
/// <param name="size">Bytes of a chunk.</param>
/// <param name="maxLine">Bytes of a line; longer ones are passed over and told.</param>
internal sealed class LineChunk(int size, int maxLine) : IDisposable
{
    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(size + maxLine);
    private int _length;
    private bool _skipping;

    /// <summary>Lines seen in all.</summary>
    public int Count { get; private set; }

    /// <summary>The lines gathered.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Where they are, and their numbers.</summary>
    public List<EventPlace> Places { get; } = new(IngestPart.Capacity);

    /// <summary>Numbers of lines that were too long.</summary>
    public List<int> TooLong { get; } = [];

    /// <summary>Takes whole lines, and moves the beginning of the buffer behind them.</summary>
    /// <param name="buffer">What was read and not taken yet.</param>
    /// <param name="completed">True where nothing follows: then the last line needs no end.</param>
    /// <returns>True where the chunk is full: send it, clear it, and go on.</returns>
    public bool Take(ref ReadOnlySequence<byte> buffer, bool completed)
    {
        while (Places.Count < IngestPart.Capacity && _length < size)
        {
            var end = buffer.PositionOf((byte)'\n');
            if (end is null && !(completed && buffer.Length > 0))
            {
                // The beginning of a line that is too long is dropped, so that the rest of it can come.
                if (buffer.Length > maxLine)
                {
                    _skipping = true;
                    buffer = buffer.Slice(buffer.End);
                }

                return false;
            }

            var line = end is { } position ? buffer.Slice(0, position) : buffer;
            buffer = end is { } after ? buffer.Slice(buffer.GetPosition(1, after)) : buffer.Slice(buffer.End);
            Add(line);
        }

        return true;
    }

    /// <summary>Begins anew; the count of lines goes on.</summary>
    public void Clear()
    {
        _length = 0;
        Places.Clear();
        TooLong.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    private void Add(ReadOnlySequence<byte> line)
    {
        var index = Count++;
        if (_skipping || line.Length > maxLine)
        {
            _skipping = false;
            TooLong.Add(index);
            return;
        }

        var room = _bytes.AsSpan(_length, (int)line.Length);
        line.CopyTo(room);

        // Blank lines say nothing; a carriage return belongs to the line's end.
        if (room.TrimEnd("\r\t "u8).Length > 0)
        {
            Places.Add(new EventPlace(_length, room.Length, index));
            _length += room.Length;
        }
    }
}
