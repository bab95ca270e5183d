using Xunit.Sdk;
using Xunit.v3;

// Two at once: most tests wait for one process (make, QEMU, a .NET start) and leave the other processor idle. Tests of the real
// kernel share its folder and are one collection; every other class has a project folder of its own.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 2)]
[assembly: TestCollectionOrderer(typeof(KernelBuild.EndToEnd.Tests.LongestFirst))]
