namespace Identity.Core.Passwords;

/// <summary> A bounded queue with one lane per sender. Lanes take turns, so a sender with a thousand items delays
/// another sender by one item per turn. If the queue is full, a sender with fewer items than the longest lane still
/// gets a place: the newest item of the longest lane is dropped. Not thread-safe.
/// </summary>
internal sealed class FairQueue<T>
    where T : class
{
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly LinkedList<Lane> _turns = new();

    /// <summary>The number of waiting items.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an item at the end of its lane. Returns the item that is dropped: another one, this one, or null
    /// if there is room for all.</summary>
    /// <param name="capacity">The maximum number of waiting items.</param>
    public T? Add(string sender, T item, int capacity)
    {
        T? displaced = null;
        if (Count >= capacity)
        {
            var longest = _turns.MaxBy(static lane => lane.Items.Count);
            var own = _lanes.TryGetValue(sender, out var mine) ? mine.Items.Count : 0;
            if (longest is null || own + 1 >= longest.Items.Count)
                return item;
            displaced = longest.Items.Last!.Value;
            Remove(longest.Sender, displaced);
        }
        if (!_lanes.TryGetValue(sender, out var lane))
        {
            _lanes[sender] = lane = new(sender);
            _turns.AddLast(lane.Turn);
        }
        lane.Items.AddLast(item);
        Count++;
        return displaced;
    }

    /// <summary>Takes the oldest item of the lane whose turn it is; null if the queue is empty.</summary>
    public T? Take()
    {
        if (_turns.First?.Value is not { } lane)
            return null;
        var item = lane.Items.First!.Value;
        lane.Items.RemoveFirst();
        Count--;
        _turns.Remove(lane.Turn);
        if (lane.Items.Count > 0)
            _turns.AddLast(lane.Turn);
        else
            _lanes.Remove(lane.Sender);
        return item;
    }

    /// <summary>Removes an item from the queue. False if it no longer waits.</summary>
    public bool Remove(string sender, T item)
    {
        if (!_lanes.TryGetValue(sender, out var lane) || !lane.Items.Remove(item))
            return false;
        Count--;
        if (lane.Items.Count == 0)
        {
            _turns.Remove(lane.Turn);
            _lanes.Remove(sender);
        }
        return true;
    }

    private sealed class Lane
    {
        public Lane(string sender) => (Sender, Turn) = (sender, new(this));

        public string Sender { get; }

        public LinkedList<T> Items { get; } = new();

        public LinkedListNode<Lane> Turn { get; }
    }
}
