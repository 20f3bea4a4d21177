"""The code of the book "From Neuron to Transformer, by hand".

One idea, one module, in the book's order:

 1 neuron          the perceptron: score, step, rule, bound
 2 activations     sigmoid to softmax, each with its derivative
   losses          mean squared error to cross-entropy
 3 mlp             linear layers, backpropagation
 4 autodiff        reverse mode; arithmetic, dual beside it
 5 optim           gradient descent to AdamW, clipping
   train, history  the one training loop, and what it records
 6 regularise      L1, L2, dropout
 7 conv, pool      convolution and pooling; lenet is LeNet-5
 8 norm            batch and layer normalisation
   deep            deep dense networks, norms and skips to switch
   pt/nets         AlexNet to ResNet, in torch
 9 rnn, recurrent  one layer; several, both directions
   tagger, ngram   slot filling, the baseline; padded turns sequences round
10 lstm            the loop; lstm_fast, the form that trainings use
   side_by_side    several small networks trained at once
11 gru
12 seq2seq         encoder and decoder; decoding, bleu
13 attention       scaled dot product, additive
   kernel_regression, hard_attention
14 self_attention  many heads; embedding, position, attention_tagger
15 masks           what may be looked at
16 blocks, transformer
17 skipgram        word vectors; bpe cuts words into pieces
   elmo            two language models joined
   language_model  GPT and BERT in small; masked, sampling
   since_2017      RMS norm, gated feed-forward block, shared key heads
18 vision          patches, class token; inpainting fills hidden ones
19 chunked         exact attention in pieces
   windowed        neighbours and a few places; segments with a memory
   linear_attention  projected keys, sums instead of maps
20 hopfield        patterns found by a part of them; external_memory is read
                   and written softly
21 rbm             a joint distribution of bits; exact and contrastive
22 gan             the game in one dimension; adversarial plays it with networks
23 q_learning      values of actions, a network's loss; q_network plays

Beside them: check (gradients against differences), params, shapes and validate
(dicts of arrays, their shapes, arguments), conventions (converters between
books), contents (the list of chapters), show, stored and progress_bar; and the
rooms data/ (generators and bundled sets), plots/, pt/ (PyTorch twins) and
exercises/ (checker/ and topics/).
"""

__version__ = "0.1.0"
