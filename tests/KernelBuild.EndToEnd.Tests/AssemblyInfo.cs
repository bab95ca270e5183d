using Xunit;

// kernel builds take all processors; tests that interrupt or race them must not share the machine with others
[assembly: CollectionBehavior(DisableTestParallelization = true)]
