using KernelBuild.Farm;

namespace KernelBuild.Tests.Farm;

/// <summary>Lines as icecc 1.4, distcc 3.4 and icecc-scheduler 1.4 wrote them.</summary>
public sealed class FarmLogs
{
    [Fact]
    public void Icecream_tells_calls_of_hosts_from_local_and_lost_ones()
    {
        var report = IcecreamLog.Read(
        [
            "ICECC[10] 2026-11-29 22:05:01: invoked as: /usr/bin/icecc clang -c a.c",
            "ICECC[11] 2026-11-29 22:05:01: invoked as: /usr/bin/icecc clang -c b.c",
            "ICECC[10] 2026-11-29 22:05:01: Have to use host 10.77.0.2:10245 - Job ID: 7 - env: x86_64 - has env: true - match j: 2",
            "ICECC[11] 2026-11-29 22:05:01: building myself, but telling localhost",
            "ICECC[10] 2026-11-29 22:05:01: sent 1413607 bytes (24%)",
            "ICECC[10] 2026-11-29 22:05:03: </wait for cs: 1763ms>",
            "warning: from the compiler",
            // the number again: another call
            "ICECC[10] 2026-11-29 22:05:04: invoked as: /usr/bin/icecc clang -c c.c",
            "ICECC[10] 2026-11-29 22:05:04: Have to use host 10.77.0.3:10245 - Job ID: 8 - env: x86_64 - has env: true - match j: 2",
            "ICECC[10] 2026-11-29 22:05:04: sent 7 bytes (24%)",
            "ICECC[10] 2026-11-29 22:05:24: got exception Error 14 - error reading message from remote (10.77.0.3)",
            "ICECC[10] 2026-11-29 22:05:24: <building_local>",
        ]);
        (report.Remote, report.Local, report.Lost, report.SentBytes).ShouldBe((1, 1, 1, 1413614));
        report.Hosts.ShouldHaveSingleItem().ShouldBe(new("10.77.0.2:10245", 1));
        report.ToString().ShouldBe(
            "build farm: 1 calls of the compiler on 1 host(s) (10.77.0.2:10245: 1) with 1 MB of sources, 1 here, 1 lost by a host and run again here");
    }

    [Fact]
    public void Distcc_tells_them_too()
    {
        var report = DistccLog.Read(
        [
            "distcc[11023] compile /t/drivers/pci/probe.c on 10.77.0.2/4,lzo completed ok",
            "distcc[11023] elapsed compilation time 2.318031s",
            "distcc[11024] (dcc_build_somewhere) Warning: remote compilation of '/t/a.c' failed, retrying locally",
            "distcc[11024] compile /t/a.c on localhost completed ok",
            "distcc[11025] (dcc_build_somewhere) Warning: failed to distribute, running locally instead",
            "distcc[11025] compile /t/b.c on localhost completed ok",
            "distcc[11026] compile (null) on localhost completed ok",
        ]);
        (report.Remote, report.Local, report.Lost).ShouldBe((1, 1, 2));
        report.Hosts.ShouldHaveSingleItem().ShouldBe(new("10.77.0.2", 1));
    }

    [Fact]
    public void A_scheduler_lists_hosts_and_clients()
    {
        IcecreamScheduler.Read("""
            200-ICECC 1.4.0: 39s uptime, 3 hosts, 0 jobs in queue (0 total).
            200 Use 'help' for help and 'quit' to quit.
             farm2 (10.77.0.2:10245) [x86_64] speed=0.00 jobs=0/4 load=684
             farm3 (10.77.0.3:10245) [x86_64] speed=258.47 jobs=3/16 load=683
             client (10.77.0.254:0) [x86_64] speed=0.00 jobs=0/2 load=681
            200 done
            """).ShouldBe([new FarmHost("farm2", "10.77.0.2:10245", 4), new FarmHost("farm3", "10.77.0.3:10245", 16)]);
        IcecreamScheduler.Read("HTTP/1.1 400 Bad Request\r\n\r\n").ShouldBeEmpty();
    }
}
