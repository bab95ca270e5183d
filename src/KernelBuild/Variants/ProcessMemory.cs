using System.Globalization;

namespace KernelBuild.Variants;

/// <summary>How much memory the processes of a build have, out of /proc (proc(5)).</summary>
internal static class ProcessMemory
{
    /// <summary>Field 24 of /proc/PID/stat, counted behind the program's name, which is field 2.</summary>
    private const int ResidentPages = 24 - 3;

    private const int Parent = 4 - 3;

    /// <summary>Resident bytes of every process whose arguments have this text, and of all that descend from it.</summary>
    public static long OfBuild(string argument)
    {
        var processes = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Stat: StatOf(id)))
            .Where(process => process.Stat is not null)
            .ToDictionary(
                process => process.Id,
                process => (Parent: (int)process.Stat![Parent], Bytes: process.Stat[ResidentPages] * Environment.SystemPageSize));
        var children = processes.ToLookup(process => process.Value.Parent, process => process.Key);
        var seen = new HashSet<int>();
        var waiting = new Stack<int>(processes.Keys.Where(id => ArgumentsOf(id).Contains(argument, StringComparison.Ordinal)));
        long bytes = 0;
        while (waiting.TryPop(out var id))
        {
            if (seen.Add(id))
            {
                bytes += processes[id].Bytes;
                foreach (var child in children[id])
                {
                    waiting.Push(child);
                }
            }
        }

        return bytes;
    }

    /// <summary>Bytes that processes may have without the machine beginning to swap (MemAvailable); null when that is unknown.</summary>
    public static long? Available() => File.ReadLines("/proc/meminfo")
        .Where(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal))
        .Select(line => (long?)long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .FirstOrDefault();

    private static long[]? StatOf(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return [.. text[(text.LastIndexOf(')') + 2)..].Split(' ').Select(field =>
                long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : 0)];
        }
        catch (IOException)
        {
            // it has ended
            return null;
        }
    }

    private static string ArgumentsOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
