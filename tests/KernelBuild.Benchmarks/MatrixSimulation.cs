using System.Globalization;

namespace KernelBuild.Benchmarks;

/// <summary>
/// A matrix on a cluster that is not there: cells in the order of their plan, each to the first node that is free, as a Slurm array has
/// them. A node compiles everything of a device once and then only what differs; every cell asks the store, and puts or gets its files
/// through a link that all share.
/// </summary>
internal static class MatrixSimulation
{
    /// <param name="Devices">Cells are spread evenly over them, device by device.</param>
    /// <param name="StoredPercent">Of the cells, those that the store has already.</param>
    /// <param name="FullSeconds">Of a cell that compiles everything, its start included.</param>
    /// <param name="FurtherSeconds">Of the next cell of the same device in the same work tree.</param>
    /// <param name="FetchSeconds">Of a cell that is fetched, without its transfer.</param>
    /// <param name="ArtifactBytes">Of a cell.</param>
    /// <param name="StoreMilliseconds">Of one request to the store.</param>
    /// <param name="Requests">To the store for a cell that is built.</param>
    /// <param name="LinkBytes">Per second, of the store's link.</param>
    /// <param name="StartsPerSecond">Tasks that the scheduler starts.</param>
    internal sealed record Assumptions(
        int Cells, int Nodes, int Devices, int StoredPercent, double FullSeconds, double FurtherSeconds, double FetchSeconds,
        long ArtifactBytes, double StoreMilliseconds, int Requests, double LinkBytes, double StartsPerSecond);

    /// <param name="FullBuilds">Cells that compiled everything.</param>
    /// <param name="LinkBusy">Seconds that the store's link was busy.</param>
    internal sealed record Outcome(
        double Seconds, int FullBuilds, int FurtherBuilds, int Fetched, double Busy, double LinkBusy, long Bytes, long Requests);

    public static int Run(Assumptions assumed)
    {
        Console.WriteLine("cells  nodes  seconds  busy %  full  further  fetched  GB through the store  requests/s  link %");
        foreach (var nodes in (int[])[1, 10, 100, assumed.Nodes])
        {
            var one = Simulate(assumed with { Nodes = nodes });
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{assumed.Cells,5}  {nodes,5}  {one.Seconds,7:0}  {100 * one.Busy / (nodes * one.Seconds),6:0.0}  {one.FullBuilds,4}  "
                + $"{one.FurtherBuilds,7}  {one.Fetched,7}  "
                + $"{one.Bytes / 1e9,20:0.0}  {one.Requests / one.Seconds,10:0.0}  {100 * one.LinkBusy / one.Seconds,6:0.0}"));
        }

        return 0;
    }

    internal static Outcome Simulate(Assumptions assumed)
    {
        // what happens next, in the order of time: a node is free, or one has built and wants the link
        var events = new PriorityQueue<(int Node, bool WantsLink), double>(
            Enumerable.Range(0, assumed.Nodes).Select(node => ((node, false), 0.0)));
        var began = new double[assumed.Nodes];
        var trees = new HashSet<(int Node, int Device)>();
        var (starts, link, end, busy) = (0.0, 0.0, 0.0, 0.0);
        var (cell, full, further, fetched) = (0, 0, 0, 0);
        long requests = 0;
        while (events.TryDequeue(out var happened, out var now))
        {
            var node = happened.Node;
            if (happened.WantsLink)
            {
                // one server with a queue
                link = Math.Max(link, now) + (assumed.ArtifactBytes / assumed.LinkBytes);
                busy += link - began[node];
                end = Math.Max(end, link);
                events.Enqueue((node, false), link);
            }
            else if (cell < assumed.Cells)
            {
                // one scheduler for all: it starts so many tasks a second
                began[node] = starts = Math.Max(starts + (1 / assumed.StartsPerSecond), now);
                var device = (int)((long)cell * assumed.Devices / assumed.Cells);
                var isStored = cell % 100 < assumed.StoredPercent;
                var isFirst = !isStored && trees.Add((node, device));
                var asked = isStored ? assumed.Requests / 2 : assumed.Requests;
                events.Enqueue(
                    (node, true),
                    starts + (isStored ? assumed.FetchSeconds : isFirst ? assumed.FullSeconds : assumed.FurtherSeconds)
                    + (asked * assumed.StoreMilliseconds / 1000));
                requests += asked;
                full += isFirst ? 1 : 0;
                further += isStored || isFirst ? 0 : 1;
                fetched += isStored ? 1 : 0;
                cell++;
            }
        }

        return new Outcome(
            end, full, further, fetched, busy, assumed.Cells * assumed.ArtifactBytes / assumed.LinkBytes,
            assumed.Cells * assumed.ArtifactBytes, requests);
    }
}
