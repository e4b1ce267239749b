using NodaTime;

namespace OrleansBilling.Infrastructure.Sandbox;

/// <summary>Days on which banks work: Monday to Friday, in UTC. Holidays are not known here.</summary>
internal static class BusinessDays
{
    /// <summary>The instant a number of business days later, at the same time of day.</summary>
    public static Instant Later(Instant from, int days)
    {
        var date = from.InUtc().Date;
        for (var left = days; left > 0;)
        {
            date = date.PlusDays(1);
            if (date.DayOfWeek is not (IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday))
            {
                left--;
            }
        }

        return date.At(from.InUtc().TimeOfDay).InUtc().ToInstant();
    }
}
