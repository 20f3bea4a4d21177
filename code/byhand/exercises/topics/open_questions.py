"""What the last exercise of each chapter trains: an experiment that nobody checks."""

OPEN = {
    "neuron": "an experiment with averaged weights over ten splits",
    "activations_and_losses": "a new loss, its slope, its robustness",
    "mlp": "deeper or wider at equal size, with the spread over splits",
    "autodiff": "a new rule for the engine, and what a gradient costs in time",
    "optimisation": "a falling rate, and the best start for tanh",
    "generalisation": "the methods compared on clean and on wrong labels",
    "cnn": "LeNet-5 as it was, and blurring before pooling",
    "deep_cnns": "deep networks without batch norm",
    "rnn": "an orthogonal start",
    "lstm": "how far a default LSTM learns to look",
    "gru": "a race over seeds, and how little one seed says",
    "seq2seq": "the source read backwards, over starts and rates",
    "attention": "other scores and other seeds, and what the maps say then",
    "self_attention": "a bias for each offset, on a task that it can solve",
    "masks": "a tagger trained without a mask",
    "transformer": "dropout, and whether there is anything to gain",
    "pretraining": "the share of gaps, and what it changes for a few labels",
    "vision_transformer": "how much of a picture to hide",
    "memory": "how sharp a memory of pictures has to be",
    "rbm": "how many rounds a night needs",
}
