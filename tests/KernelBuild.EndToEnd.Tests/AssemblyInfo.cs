using Xunit.Sdk;
using Xunit.v3;

// kernel builds take all processors; tests that interrupt or race them must not share the machine with others
[assembly: Parallelization(Mode = ParallelMode.None)]
